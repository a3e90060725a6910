"""The part of a training that a trial is. A trial's process needs it, so no Optuna here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leg:
    """Part of a training: all of it by default."""

    continues: int | None = None
    """The number of the trial whose checkpoint it continues."""
    share: float = 1.0
    """The share of max_steps done at its end; below 1, the training pauses there."""
    max_steps: int | None = None
    """Replaces the max_steps of the TrainSpec."""


WHOLE = Leg()
