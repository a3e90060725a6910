"""What a study in the database was swept with so far; reading it creates nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.errors import NoStudiesError
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_study_attrs, summarize_studies


@dataclass(frozen=True)
class KeptStudy:
    """A study as a command finds it; a new one has nothing."""

    attrs: Mapping[str, Any] = field(default_factory=dict)
    """Its user attributes, its seed and its scheduler among them."""
    n_trials: int = 0
    """In any state."""


def read_kept_study(url: str, name: str) -> KeptStudy:
    """The study called `name`, if the database has it.

    Raises:
        StorageError: there is a database that cannot be read.
    """
    try:
        engine = open_for_reading(url)
    except NoStudiesError:
        return KeptStudy()
    summaries = {summary.name: summary for summary in summarize_studies(engine)}
    if name not in summaries:
        return KeptStudy()
    return KeptStudy(read_study_attrs(engine, name), sum(summaries[name].states.values()))
