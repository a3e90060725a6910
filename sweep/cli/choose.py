"""`sweep best`, `compare` and `importance`: what is better than the rest, and through what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep import attrs
from sweep.cli import format
from sweep.cli.place import place_options
from sweep.cli.reading import json_option, read, study_name
from sweep.cli.values import Numbers
from sweep.errors import UsageError
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.results.comparison import StudyRecord
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary


@click.command()
@click.argument("study", required=False)
@click.option(
    "--top", type=click.IntRange(min=1), help="Show the best so many, and what separates them."
)
@place_options
@json_option
def best(
    study: str | None, top: int | None, results: Path, storage: str | None, as_json: bool
) -> None:
    """Show the best trial of a study, or its Pareto front if it has several metrics.

    STUDY may be left out where the database holds only one. With --top the winner stands beside
    the runners-up, with the params and measurements in which they differ:

    \b
    sweep best digits_mlp
    sweep best digits_mlp --top 3
    """
    from sweep.results.files import to_json
    from sweep.results.selection import best_first, best_trials

    url = storage or storage_url(results)
    summary, trials = read(study, url, attrs=None if as_json else [])
    winners = best_trials(summary, trials)
    shown = winners if top is None else best_first(summary, trials, top)
    if as_json:
        click.echo(to_json(shown))
        return
    if not winners.numbers:
        click.echo(f"No trial of {summary.name} is complete yet.")
        return
    _, known = read(summary.name, url, numbers=shown.numbers)
    for number in winners.numbers:
        click.echo(_portrait(summary, known, number))
    if len(shown) > len(winners):
        click.echo(_side_by_side(summary, known.only(shown.numbers)))


@click.command()
@click.argument("studies", nargs=-1, metavar="STUDY…")
@click.option(
    "--trials", "numbers", type=Numbers(), help="Compare these trials of the study instead."
)
@place_options
@json_option
def compare(
    studies: tuple[str, ...],
    numbers: list[int] | None,
    results: Path,
    storage: str | None,
    as_json: bool,
) -> None:
    """Show studies side by side, or trials of a study.

    \b
    sweep compare digits_mlp digits_keras
    sweep compare digits_mlp --trials 3,7
    """
    url = storage or storage_url(results)
    if numbers is not None:
        _compare_trials(studies, numbers, url, as_json)
        return
    from sweep.results.comparison import record_of

    if len(studies) < 2:
        raise UsageError("Name two studies or more to compare, or one and some of its --trials.")
    records = [record_of(*read(study, url, attrs=[])) for study in studies]
    if as_json:
        click.echo(json.dumps([asdict(record) for record in records], indent=2))
        return
    rows = [[name, *cells] for name, cells in _study_rows(records).items()]
    click.echo(format.table(["", *(record.name for record in records)], rows))


@click.command()
@click.argument("study", required=False)
@click.option(
    "--evaluator",
    default="ped-anova",
    show_default=True,
    metavar="ped-anova|fanova",
    help="Which of Optuna's evaluators judges; fanova needs scikit-learn.",
)
@place_options
@json_option
def importance(
    study: str | None, evaluator: str, results: Path, storage: str | None, as_json: bool
) -> None:
    """Show how much of the outcome each param of a study decides.

    STUDY may be left out where the database holds only one. ped-anova tells which params lead into
    the best tenth of the trials, fanova which move the metric at all, for good or ill. fanova
    knows only the params that every trial has, and takes minutes for thousands of trials.

    \b
    sweep importance digits_mlp
    sweep importance digits_mlp --evaluator fanova --json
    """
    from sweep.results.importances import Importance, read_importances

    url = storage or storage_url(results)
    found = read_importances(study_name(study, url), url, evaluator)
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found], indent=2))
        return
    rows = [one._replace(importance=round(one.importance, 3)) for one in found]
    click.echo(format.table(Importance._fields, rows))


def _compare_trials(studies: tuple[str, ...], numbers: list[int], url: str, as_json: bool) -> None:
    from sweep.results.files import to_json

    if len(studies) > 1:
        raise UsageError(f"--trials belong to one study, but there are {', '.join(studies)}.")
    study = studies[0] if studies else None
    summary, trials = read(study, url, numbers=None if as_json else numbers)
    missing = sorted(set(numbers) - set(trials.numbers))
    if missing:
        raise UsageError(f"Study {summary.name!r} has no trial {', '.join(map(str, missing))}.")
    chosen = trials.only(numbers)
    click.echo(to_json(chosen) if as_json else _side_by_side(summary, chosen))


def _side_by_side(summary: StudySummary, trials: Trials) -> str:
    from sweep.results.comparison import beside

    differing, same = beside(summary, trials)
    header = ["", *(f"trial {number}" for number in trials.numbers)]
    text = format.table(header, [[name, *cells] for name, cells in differing.items()])
    return f"{text}\n\nThe same in all: {format.params(same)}" if same else text


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


def _portrait(summary: StudySummary, trials: Trials, number: int) -> str:
    trial = trials.row(number)
    values = [trial[name] for name in trials.values]
    rows = {
        name.removeprefix("params_"): value
        for name, value in trial.items()
        if name.startswith(("params_", attrs.METRIC, attrs.SEED)) or name.endswith(attrs.SECONDS)
    }
    if attrs.MODEL_DIR in trial:
        rows[attrs.MODEL_DIR] = format.path(trial[attrs.MODEL_DIR])
    objectives = format.objectives(summary.metrics or trials.values, values)
    return format.portrait(f"Trial {number}, {objectives}", rows) + "\n"
