"""`sweep list`: the studies of a database."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.study import read_summaries
from sweep.cli.screen.table import table, terminal_width
from sweep.results import format
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.storage.reading import StudySummary

_OPEN_STATES = ("RUNNING", "WAITING")


@click.command("list")
@location_options
@json_option
def list_studies(results: Path, storage: str | None, as_json: bool) -> None:
    """List the studies of a database."""
    studies = read_summaries(storage or storage_url(results))
    if as_json:
        click.echo(json.dumps([*map(_described, studies)], default=str, indent=2))
        return
    header = ["study", "objective", "best", "complete", "pruned", "failed", "open", "last change"]
    rows = list(map(_summary_row, studies))
    click.echo(table(header, rows, terminal_width(), optional=range(2, len(header))))


def _described(summary: StudySummary) -> dict[str, Any]:
    """The summary for programs, without the fields that say how `best_value` was computed."""
    described = asdict(summary)
    del described["aggregate"], described["constraints"]
    return described


def _summary_row(summary: StudySummary) -> list[Any]:
    states = summary.states
    last_change = summary.last_change
    return [
        summary.name,
        format.objective(summary),
        summary.best_value,
        states.get("COMPLETE", 0),
        states.get("PRUNED", 0),
        states.get("FAIL", 0),
        sum(states.get(state, 0) for state in _OPEN_STATES),
        None if last_change is None else f"{last_change.astimezone():%Y-%m-%d %H:%M}",
    ]
