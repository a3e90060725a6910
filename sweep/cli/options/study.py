"""The study that a command reads: by its name, by its file, or as the only one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.attrs import LINKS, PAUSED_AT, metric
from sweep.errors import UsageError
from sweep.search.constraints import Constraint

if TYPE_CHECKING:
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary


def read_summaries(url: str) -> list[StudySummary]:
    """Every study of the database."""
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import summarize_studies

    return summarize_studies(open_for_reading(url))


def read_study(
    study: str | None,
    url: str,
    *,
    numbers: Collection[int] | None = None,
    attrs: Collection[str] | None = None,
    details: bool = True,
    results: Path | None = None,
) -> tuple[StudySummary, Trials]:
    """A study's summary and its trials.

    Args:
        study: its name; None is the only study of the database.
        url: the database's URL.
        numbers: the trials to read; None is all.
        attrs: the user attributes to read in addition to those that link trials; None is all.
        details: whether to read the trials' params and times, and the study's best value.
        results: the results folder in which to look for model_dirs; None leaves them as recorded.

    Raises:
        StorageError: there is no such database or study.
        UsageError: no study is named, and the database holds several or none.
    """
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import summarize_study

    engine = open_for_reading(url)
    summary = summarize_study(engine, study_name(study, url), with_best=details)
    trials = read_trials_of(
        summary, url, numbers=numbers, attrs=attrs, details=details, results=results
    )
    return summary, trials


def read_trials_of(
    summary: StudySummary,
    url: str,
    *,
    numbers: Collection[int] | None = None,
    attrs: Collection[str] | None = None,
    details: bool = True,
    results: Path | None = None,
) -> Trials:
    """The trials of a study whose summary is known; the arguments are those of `read_study`.

    Raises:
        StorageError: there is no such database or study.
    """
    from sweep.results.trials import trials_of
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import read_trials

    bounded = (metric(Constraint.parse(text).metric) for text in summary.constraints)
    paused = (PAUSED_AT, *map(metric, summary.metrics)) if len(summary.metrics) > 1 else ()
    wanted = None if attrs is None else {*attrs, *LINKS, *bounded, *paused}
    engine = open_for_reading(url)
    rows = read_trials(engine, summary.name, numbers=numbers, attrs=wanted, details=details)
    return trials_of(summary, rows, results)


def study_name(study: str | None, url: str) -> str:
    """The name of a study that can be named by its file, or left out if it is the only one.

    Raises:
        StorageError: there is no such database.
        UsageError: no study is named, and the database holds several or none.
    """
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import study_names

    if study is not None:
        return Path(study).stem if study.endswith(".py") else study
    names = study_names(open_for_reading(url))
    if len(names) != 1:
        raise UsageError(f"Name a study; the database holds {', '.join(names) or 'none'}.")
    return names[0]
