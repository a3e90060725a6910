"""`sweep lineage`: the legs that a training went through, and with what params."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli import format
from sweep.cli.place import place_options
from sweep.cli.reading import json_option, read
from sweep.paths import storage_url

if TYPE_CHECKING:
    import pandas as pd

    from sweep.storage.reading import StudySummary


@click.command("lineage")
@click.argument("study", required=False)
@click.option("--trial", "number", type=click.IntRange(min=0), help="[default: the best]")
@place_options
@json_option
def show_lineage(
    study: str | None, number: int | None, results: Path, storage: str | None, as_json: bool
) -> None:
    """Show the legs that a trial's training went through, and the params of each.

    STUDY may be left out where the database holds only one. On rungs the params stay the same; a
    member of a population has those that it explored, and `sweep replay` trains them again.

    \b
    sweep lineage digits_mlp
    sweep lineage digits_mlp --trial 40
    """
    from sweep.results.files import to_json
    from sweep.results.lineage import lineage

    summary, trials = read(study, storage or storage_url(results))
    legs = lineage(summary, trials, number)
    click.echo(to_json(legs) if as_json else _table(summary, legs))


def _table(summary: StudySummary, legs: pd.DataFrame) -> str:
    from sweep.results.tables import value_columns

    params = [name for name in map(str, legs.columns) if name.startswith("params_")]
    params = [name for name in params if legs[name].notna().any()]
    shown = {"number": "trial", "state": "state", "metrics_global_step": "step"}
    shown |= {name: name.removeprefix("values_") for name in value_columns(summary)}
    shown |= {name: name.removeprefix("params_") for name in params}
    cells = legs[list(shown)].astype(object)
    rows = cells.where(cells.notna(), None).itertuples(index=False)
    return format.table(list(shown.values()), rows, format.terminal_width())
