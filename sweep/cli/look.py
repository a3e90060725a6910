"""`sweep list`, `show` and `best`: what lies in the database, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli import format
from sweep.cli.place import results_option, storage_option
from sweep.errors import UsageError
from sweep.paths import storage_url
from sweep.results.front import Front

if TYPE_CHECKING:
    import pandas as pd

    from sweep.storage.reading import StudySummary

_OTHER_STATES = ("RUNNING", "WAITING")


def _of_database(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every reading command has."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(
        command
    )
    return results_option(storage_option(command))


@click.command("list")
@_of_database
def list_studies(results: Path, storage: str | None, as_json: bool) -> None:
    """List the studies of a database."""
    summaries = _summaries(storage or storage_url(results))
    if as_json:
        click.echo(json.dumps([asdict(summary) for summary in summaries], default=str, indent=2))
        return
    header = ["study", "objective", "best", "complete", "pruned", "failed", "open", "last change"]
    click.echo(format.table(header, map(_summary_row, summaries)))


@click.command()
@click.argument("study", required=False)
@_of_database
def show(study: str | None, results: Path, storage: str | None, as_json: bool) -> None:
    """Show the trials of a study, a line each.

    STUDY may be left out where the database holds only one.
    """
    summary, trials = _read(study, storage or storage_url(results))
    if as_json:
        click.echo(_json(trials))
        return
    click.echo(_headline(summary))
    click.echo()
    click.echo(_trials_table(summary, trials))


@click.command()
@click.argument("study", required=False)
@_of_database
def best(study: str | None, results: Path, storage: str | None, as_json: bool) -> None:
    """Show the best trial of a study, or its Pareto front if it has several metrics.

    STUDY may be left out where the database holds only one.
    """
    summary, trials = _read(study, storage or storage_url(results))
    winners = _best(summary, trials)
    if as_json:
        click.echo(_json(winners))
        return
    if winners.empty:
        click.echo(f"No trial of {summary.name} is complete yet.")
    for _, trial in winners.iterrows():
        click.echo(_portrait(summary, trial))


def _summaries(url: str) -> list[StudySummary]:
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import summarize_studies

    return summarize_studies(open_for_reading(url))


def _read(study: str | None, url: str) -> tuple[StudySummary, pd.DataFrame]:
    from sweep.results.tables import trials_table
    from sweep.storage.database import open_for_reading
    from sweep.storage.reading import read_trials, summarize_study

    name = study_name(study, url)
    engine = open_for_reading(url)
    summary = summarize_study(engine, name)
    return summary, trials_table(summary, read_trials(engine, name))


def study_name(study: str | None, url: str) -> str:
    """The name of a study that was named, also by its file, or of the only one there is.

    Raises:
        UsageError: none was named and there are several.
    """
    if study is not None:
        return Path(study).stem if study.endswith(".py") else study
    names = [summary.name for summary in _summaries(url)]
    if len(names) != 1:
        raise UsageError(f"Say which study; the database holds {', '.join(names) or 'none'}.")
    return names[0]


def _summary_row(summary: StudySummary) -> list[Any]:
    states = summary.states
    last_change = summary.last_change
    return [
        summary.name,
        _objective(summary),
        summary.best_value,
        states.get("COMPLETE", 0),
        states.get("PRUNED", 0),
        states.get("FAIL", 0),
        sum(states.get(state, 0) for state in _OTHER_STATES),
        None if last_change is None else f"{last_change.astimezone():%Y-%m-%d %H:%M}",
    ]


def _objective(summary: StudySummary) -> str:
    metrics = summary.metrics or [""] * len(summary.directions)
    pairs = zip(summary.directions, metrics, strict=True)
    return ", ".join(f"{direction} {metric}".strip() for direction, metric in pairs)


def _headline(summary: StudySummary) -> str:
    states = ", ".join(f"{count} {state}" for state, count in sorted(summary.states.items()))
    best = "" if summary.best_value is None else f"; best {format.number(summary.best_value)}"
    return f"{summary.name}: {_objective(summary)}; {states or 'no trials'}{best}"


def _trials_table(summary: StudySummary, trials: pd.DataFrame) -> str:
    from sweep.results.tables import value_columns

    shown = {"number": "number", "state": "state", "duration": "seconds"}
    shown |= {name: name.removeprefix("values_") for name in value_columns(summary)}
    params = [name for name in map(str, trials.columns) if name.startswith("params_")]
    shown |= {name: name.removeprefix("params_") for name in params}
    if "failure" in trials:
        shown["failure"] = "failure"
    seconds = trials["duration"].dt.total_seconds().round(1)
    cells = trials.assign(duration=seconds)[list(shown)].astype(object)
    rows = cells.where(cells.notna(), None).itertuples(index=False)
    return format.table(list(shown.values()), rows)


def _best(summary: StudySummary, trials: pd.DataFrame) -> pd.DataFrame:
    from sweep.results.tables import value_columns

    complete = trials[trials["state"] == "COMPLETE"]
    front: Front[Any] = Front(summary.directions)
    for index, *point in complete[value_columns(summary)].itertuples():
        front.add(index, point)
    return trials.loc[front.members]


def _portrait(summary: StudySummary, trial: pd.Series[Any]) -> str:
    from sweep.results.tables import value_columns

    known = {str(name): value for name, value in trial.dropna().items()}
    columns = value_columns(summary)
    objectives = format.objectives(summary.metrics or columns, [known[name] for name in columns])
    rows = {
        name.removeprefix("params_"): value
        for name, value in known.items()
        if name.startswith(("params_", "metrics_", "seed")) or name.endswith("_seconds")
    }
    if "model_dir" in known:
        rows["model_dir"] = format.path(known["model_dir"])
    return format.portrait(f"Trial {trial['number']}, {objectives}", rows) + "\n"


def _json(trials: pd.DataFrame) -> str:
    """The table as records: times in ISO 8601, durations in seconds, null for what is missing."""
    cells = trials.astype(object)
    records = cells.where(cells.notna(), None).to_dict("records")
    return json.dumps(records, indent=2, default=_as_json)


def _as_json(value: Any) -> Any:
    if hasattr(value, "isoformat") and not hasattr(value, "total_seconds"):
        return value.isoformat()
    return value.total_seconds() if hasattr(value, "total_seconds") else value.item()
