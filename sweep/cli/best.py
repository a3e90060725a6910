"""`sweep best`: the best trial of a study, and how it differs from the runners-up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep import attrs
from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import read_study, read_trials_of
from sweep.cli.screen.comparison import side_by_side
from sweep.cli.screen.table import portrait
from sweep.results import format
from sweep.results.configurations import MEAN
from sweep.search.preference import Preference
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the best N trials, and how they differ.",
)
@click.option(
    "--by",
    type=click.Choice(["value", "mean"]),
    default="value",
    show_default=True,
    help="Rank trials by their value in the sweep, or by the mean of their configuration over "
    "several seeds, which `sweep confirm` and --repeats measure.",
)
@prefer_option
@location_options
@json_option
def best(
    study: str | None,
    top: int | None,
    by: str,
    prefer: str | None,
    results: Path,
    storage: str | None,
    as_json: bool,
) -> None:
    """Show the best trial of a study.

    For a study with several metrics, this is its Pareto front. You can leave STUDY out if the
    database holds only one. With --top, a table compares the best trial with the runners-up and
    shows the params and measurements in which they differ:

    \b
    sweep best digits_mlp
    sweep best digits_mlp --top 3
    sweep best digits_mlp --by mean      after `sweep confirm digits_mlp`
    sweep best two_metrics --prefer accuracy=2,loss=1
    """
    from sweep.results.configurations import spread_of
    from sweep.results.files import to_json
    from sweep.results.ranking import best_first, best_trials, none_complete

    url = storage or storage_url(results)
    preference = None if prefer is None else Preference.parse(prefer)
    if by == MEAN:
        _show_means(study, url, top, preference, as_json)
        return
    summary, trials = read_study(
        study, url, attrs=None if as_json else [], details=as_json, results=results
    )
    winners = best_trials(summary, trials)
    if preference is not None and winners.numbers:
        winners = best_first(summary, trials, 1, preference=preference)
    shown = winners if top is None else best_first(summary, trials, top, preference=preference)
    if as_json:
        click.echo(to_json(shown))
        return
    if not winners.numbers:
        click.echo(none_complete(summary))
        return
    known = read_trials_of(summary, url, numbers=shown.numbers, results=results)
    for number in winners.numbers:
        click.echo(_portrait(summary, known, number, spread_of(trials.columns, number)))
    if len(shown) > len(winners):
        click.echo(side_by_side(summary, known.only(shown.numbers)))


def _show_means(
    study: str | None, url: str, top: int | None, preference: Preference | None, as_json: bool
) -> None:
    """Shows the configurations, ranked by their means."""
    from sweep.cli.screen.confirmation import describe
    from sweep.results.confirmation import verdict_of

    verdict = verdict_of(*read_study(study, url, attrs=[]), preference)
    shown = replace(verdict, configurations=verdict.configurations[:top])
    click.echo(json.dumps(shown.to_json(), indent=2) if as_json else describe(verdict, top))


def _portrait(summary: StudySummary, trials: Trials, number: int, spread: Mapping[str, Any]) -> str:
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
    rows = {**spread, **rows}
    objectives = format.objectives(summary.metrics or trials.values, values)
    return portrait(f"Trial {number}, {objectives}", rows) + "\n"
