"""What a shell completes beyond commands, options and choices: studies, files, columns, params.

A completion says nothing of what is wrong, and completes nothing then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from sweep.errors import SweepError
from sweep.folder.layout import RESULTS
from sweep.storage.url import storage_url
from sweep.study.files import STUDIES

_MOST_TRIALS_READ = 50
"""Of which the columns are completed."""


def known_studies(
    context: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The studies that were swept: those of the database, and those with a folder."""
    return _starting(_swept(context), incomplete)


def studies_to_sweep(
    context: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The studies that were swept and those in studies/; a path where there is none of these."""
    names = {*_swept(context), *(file.stem for file in STUDIES.glob("*.py"))}
    return _starting(sorted(names), incomplete) or [CompletionItem(incomplete, type="file")]


def columns(
    context: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The columns of the study's table."""
    return _starting(_columns(context), incomplete)


def metrics(
    context: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The metrics of the study."""
    return _starting(_metrics(context), incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _url(context: click.Context) -> str:
    given: str | None = context.params.get("storage")
    return given or storage_url(_results(context))


def _results(context: click.Context) -> Path:
    results: Path = context.params.get("results") or RESULTS
    return results


def _study(context: click.Context) -> str | None:
    """The study that was typed.

    Where the last option still lacks its value, click has not yet taken it from the arguments.
    """
    return next(iter(context.args), context.params.get("study"))


def _swept(context: click.Context) -> list[str]:
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import study_names

    names = {folder.parent.name for folder in _results(context).glob("*/trial-*")}
    with suppress(SweepError):
        names.update(study_names(open_for_reading(_url(context))))
    return sorted(names)


def _columns(context: click.Context) -> Iterator[str]:
    from sweep.cli.options.study import read_study
    from sweep.results.selection import names_of_columns, typed_columns

    with suppress(SweepError):
        numbers = range(_MOST_TRIALS_READ)
        _, trials = read_study(_study(context), _url(context), numbers=numbers)
        yield from names_of_columns(typed_columns(trials))


def _metrics(context: click.Context) -> tuple[str, ...]:
    from sweep.cli.options.study import study_name
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import summarize_study

    with suppress(SweepError):
        url = _url(context)
        name = study_name(_study(context), url)
        return summarize_study(open_for_reading(url), name).metrics
    return ()
