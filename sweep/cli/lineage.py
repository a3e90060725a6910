"""`sweep lineage`: the legs of a training, and the params of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep import attrs
from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import read_study
from sweep.cli.screen.table import table, terminal_width
from sweep.results import format
from sweep.search.preference import Preference
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.results.trials import Trials


@click.command("lineage")
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "--trial",
    "number",
    type=click.IntRange(min=0),
    metavar="N",
    help="The trial's number. [default: the best]",
)
@prefer_option
@location_options
@json_option
def show_lineage(
    study: str | None,
    number: int | None,
    prefer: str | None,
    results: Path,
    storage: str | None,
    as_json: bool,
) -> None:
    """Show the legs of a trial's training, and the params of each.

    You can leave STUDY out if the database holds only one. On rungs, the params of a training stay
    the same. A member of a population changes its params from leg to leg, and `sweep replay`
    trains the same sequence again.

    \b
    sweep lineage digits_mlp
    sweep lineage digits_mlp --trial 40
    """
    from sweep.results.files import to_json
    from sweep.results.lineage import ATTRS, lineage

    preference = None if prefer is None else Preference.parse(prefer)
    url = storage or storage_url(results)
    summary, trials = read_study(study, url, attrs=None if as_json else ATTRS, results=results)
    legs = lineage(summary, trials, number, preference)
    click.echo(to_json(legs) if as_json else _table(legs))


def _table(legs: Trials) -> str:
    shown = {"number": "trial", "state": "state", attrs.GLOBAL_STEP: "step"}
    shown |= {name: name.removeprefix("values_") for name in legs.values}
    there = [name for name in legs.columns if any(n in legs.columns[name] for n in legs.numbers)]
    shown |= format.param_names(there, shown.values())
    cells = [legs.cells(name) for name in shown if name in there]
    header = [title for name, title in shown.items() if name in there]
    first = sum(name in there and not name.startswith("params_") for name in shown)
    optional = range(first, len(header))
    return table(header, zip(*cells, strict=True), terminal_width(), optional)
