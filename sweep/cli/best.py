"""`sweep best`: the best trial of a study, and what sets it apart from the runners-up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep import attrs
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.study import read_study
from sweep.cli.screen.comparison import side_by_side
from sweep.cli.screen.table import portrait
from sweep.results import format
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary


@click.command()
@click.argument("study", required=False)
@click.option(
    "--top", type=click.IntRange(min=1), help="Show the best so many, and what separates them."
)
@location_options
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
    summary, trials = read_study(study, url, attrs=None if as_json else [], results=results)
    winners = best_trials(summary, trials)
    shown = winners if top is None else best_first(summary, trials, top)
    if as_json:
        click.echo(to_json(shown))
        return
    if not winners.numbers:
        click.echo(f"No trial of {summary.name} is complete yet.")
        return
    _, known = read_study(summary.name, url, numbers=shown.numbers, results=results)
    for number in winners.numbers:
        click.echo(_portrait(summary, known, number))
    if len(shown) > len(winners):
        click.echo(side_by_side(summary, known.only(shown.numbers)))


def _portrait(summary: StudySummary, trials: Trials, number: int) -> str:
    trial = trials.row(number)
    values = [trial[name] for name in trials.values]
    others = {
        name: value
        for name, value in trial.items()
        if not name.startswith("params_")
        and (name.startswith((attrs.METRIC, attrs.SEED)) or name.endswith(attrs.SECONDS))
    }
    params = format.param_names(trial, [*others, attrs.MODEL_DIR])
    rows = {title: trial[name] for name, title in params.items()} | others
    if attrs.MODEL_DIR in trial:
        rows[attrs.MODEL_DIR] = format.path(trial[attrs.MODEL_DIR])
    objectives = format.objectives(summary.metrics or trials.values, values)
    return portrait(f"Trial {number}, {objectives}", rows) + "\n"
