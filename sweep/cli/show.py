"""`sweep show`: all or some trials of a study as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep import attrs
from sweep.cli.options.completing import columns, known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import read_study
from sweep.cli.screen.table import sentence, table, terminal_width
from sweep.errors import UsageError
from sweep.results import format
from sweep.results.configurations import spread_names
from sweep.search.preference import Preference
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.results.trials import Trials
    from sweep.storage.reading import StudySummary

_SHOWN_ATTRS = (attrs.CONTINUES, attrs.GLOBAL_STEP, attrs.HOST, attrs.FAILURE)


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "--where",
    "condition",
    metavar="CONDITION",
    shell_complete=columns,
    help="Show only the trials that meet CONDITION.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show only the best N trials, the best first.",
)
@prefer_option
@click.option(
    "--sort",
    "column",
    metavar="COLUMN",
    shell_complete=columns,
    help="Sort by COLUMN, in descending order with a - before its name.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all columns to this file instead, which ends in .csv, .json or .parquet.",
)
@location_options
@json_option
def show(
    study: str | None,
    condition: str | None,
    top: int | None,
    prefer: str | None,
    column: str | None,
    output: Path | None,
    results: Path,
    storage: str | None,
    as_json: bool,
) -> None:
    """Show the trials of a study, one per line.

    You can leave STUDY out if the database holds only one. A CONDITION is written as in Python. A
    COLUMN is any that --json prints. Names of params and metrics work with and without prefix:

    \b
    sweep show digits_mlp --top 5
    sweep show digits_mlp --sort -seconds
    sweep show digits_mlp --where 'accuracy > 0.95 and layers == 1'
    sweep show digits_mlp --where 'state == "FAIL"' --sort failure
    sweep show digits_mlp --where 'batch_size in [32, 64]' --output chosen.csv

    A terminal shows only the params that fit its width. A pipe or a file gets all of them.
    """
    from sweep.results.files import to_json, write_table
    from sweep.results.ranking import best_first
    from sweep.results.selection import attrs_named, order_by, where

    def choose(trials: Trials) -> Trials:
        chosen = trials if condition is None else where(trials, condition)
        chosen = chosen if top is None else best_first(summary, chosen, top, preference=preference)
        return chosen if column is None else order_by(chosen, column)

    preference = None if prefer is None else Preference.parse(prefer)
    url = storage or storage_url(results)
    needs_all = as_json or output is not None
    attrs = None if needs_all else [*_SHOWN_ATTRS, *attrs_named(condition, column)]
    summary, trials = read_study(study, url, attrs=attrs, results=results)
    try:
        chosen = choose(trials)
    except UsageError:  # once more with all columns: the error then names them
        summary, trials = read_study(study, url, results=results)
        chosen = choose(trials)
    if output is not None:
        write_table(chosen, output)
        click.echo(f"Wrote {len(chosen)} of {len(trials)} trials to {format.path(output)}.")
        return
    if as_json:
        click.echo(to_json(chosen))
        return
    click.echo(sentence(_headline(summary)))
    if len(chosen) < len(trials):
        click.echo(f"{len(chosen)} of {len(trials)} trials")
    click.echo()
    click.echo(_trials_table(summary, chosen))


def _headline(summary: StudySummary) -> str:
    states = ", ".join(f"{count} {state}" for state, count in sorted(summary.states.items()))
    best = "" if summary.best_value is None else f"; best {format.number(summary.best_value)}"
    return f"{summary.name}: {format.objective(summary)}; {states or 'no trials'}{best}"


def _trials_table(summary: StudySummary, trials: Trials) -> str:
    from sweep.results.trials import constrained_columns

    shown = {"number": "number", "state": "state", "duration": "seconds"}
    if trials.columns.get(attrs.CONTINUES, {}).keys() & set(trials.numbers):
        shown[attrs.CONTINUES] = "continues"
    for link in (attrs.CONFIRMS, attrs.REPEATS):
        if trials.columns.get(link, {}).keys() & set(trials.numbers):
            shown[link] = link
    if _differ(trials, attrs.GLOBAL_STEP):
        shown[attrs.GLOBAL_STEP] = "step"
    if _differ(trials, attrs.HOST):
        shown[attrs.HOST] = "host"
    shown |= {name: name.removeprefix("values_") for name in trials.values}
    shown |= constrained_columns(summary, trials.columns)
    shown |= {name: name for name in spread_names(trials.columns)}
    first = len(shown)
    shown |= format.param_names(trials.columns, [*shown.values(), attrs.FAILURE])
    optional = range(first, len(shown))
    if trials.columns.get(attrs.FAILURE, {}).keys() & set(trials.numbers):
        shown[attrs.FAILURE] = "failure"
    cells = {name: trials.cells(name) for name in shown}
    cells["duration"] = [
        None if cell is None else round(cell.total_seconds(), 1) for cell in cells["duration"]
    ]
    rows = zip(*cells.values(), strict=True)
    return table(list(shown.values()), rows, terminal_width(), optional)


def _differ(trials: Trials, column: str) -> bool:
    cells = trials.columns.get(column, {})
    return len({cells[number] for number in trials.numbers if number in cells}) > 1
