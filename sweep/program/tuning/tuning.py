"""What a tuning file asks for, in the terms of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sweep.program.space import FlagSpace


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What a tuning file asks for; None where it does not say."""

    space: FlagSpace
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    """One for each metric."""
    n_trials: int | None
    n_jobs: int | None
    max_failed: int | None
    """The number of failed trials that ends the sweep."""
    pruner: str | None
    sampler: str | None
    enqueue: tuple[dict[str, Any], ...] = ()
    """Params to try first, as the study holds them."""
    notices: tuple[str, ...]
    """A sentence for each field that is not followed: what it says, and what happens instead."""
