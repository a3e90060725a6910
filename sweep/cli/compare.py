"""`sweep compare`: studies, or trials of one study, side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.study import read_study, read_trials_of
from sweep.cli.options.values import Numbers
from sweep.cli.screen.comparison import side_by_side
from sweep.cli.screen.table import table, terminal_width
from sweep.errors import UsageError
from sweep.results import format
from sweep.storage.url import storage_url
from sweep.wording import no_trial

if TYPE_CHECKING:
    from sweep.results.comparison import StudyRecord


@click.command()
@click.argument("studies", nargs=-1, metavar="STUDY…", shell_complete=known_studies)
@click.option(
    "--trials", "numbers", type=Numbers(), help="Compare these trials of one study instead."
)
@location_options
@json_option
def compare(
    studies: tuple[str, ...],
    numbers: list[int] | None,
    results: Path,
    storage: str | None,
    as_json: bool,
) -> None:
    """Compare studies, or trials of one study, side by side.

    \b
    sweep compare digits_mlp digits_keras
    sweep compare digits_mlp --trials 3,7
    """
    url = storage or storage_url(results)
    if numbers is not None:
        _compare_trials(studies, numbers, results, url, as_json)
        return
    from sweep.results.comparison import record_of

    if len(studies) < 2:
        raise UsageError("Name two or more studies to compare, or one study and some --trials.")
    records = [record_of(*read_study(study, url, attrs=[])) for study in studies]
    if as_json:
        click.echo(json.dumps([asdict(record) for record in records], indent=2))
        return
    header = ["", *(record.name for record in records)]
    rows = [[name, *cells] for name, cells in _study_rows(records).items()]
    click.echo(table(header, rows, terminal_width(), optional=range(3, len(header))))


def _compare_trials(
    studies: tuple[str, ...], numbers: list[int], results: Path, url: str, as_json: bool
) -> None:
    from sweep.results.files import to_json

    if len(studies) > 1:
        raise UsageError(
            f"--trials compares trials of one study, but several are named ({', '.join(studies)}): "
            "name one."
        )
    study = studies[0] if studies else None
    summary, trials = read_study(study, url, numbers=None if as_json else numbers, results=results)
    missing = sorted(set(numbers) - set(trials.numbers))
    if missing:
        all_trials = read_trials_of(summary, url, attrs=[], details=False)
        raise UsageError(no_trial(summary.name, missing, all_trials.numbers))
    chosen = trials.only(numbers)
    click.echo(to_json(chosen) if as_json else side_by_side(summary, chosen))


def _study_rows(records: list[StudyRecord]) -> dict[str, list[Any]]:
    """The lines of the table of studies, by their names."""
    rows: dict[str, list[Any]] = {
        "objective": [format.objective(record) for record in records],
        "trials": [record.trials for record in records],
        "complete": [record.states.get("COMPLETE", 0) for record in records],
        "pruned": [record.states.get("PRUNED", 0) for record in records],
        "failed": [record.states.get("FAIL", 0) for record in records],
        "best": [record.best for record in records],
        "median": [record.median for record in records],
        "best trial": [", ".join(map(str, record.best_trials)) for record in records],
        "time to best": [
            None if record.seconds_to_best is None else format.duration(record.seconds_to_best)
            for record in records
        ],
    }
    params = dict.fromkeys(name for record in records for name in record.params)
    return rows | {f"  {name}": [record.params.get(name) for record in records] for name in params}
