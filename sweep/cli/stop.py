"""`sweep stop`: stop a running sweep or one of its trials, without losing anything."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.study import read_study
from sweep.errors import UsageError
from sweep.folder.layout import StudyFolder
from sweep.storage.url import storage_url

if TYPE_CHECKING:
    from sweep.storage.holder import Holder


@click.command()
@click.argument("study", shell_complete=known_studies)
@click.option("--trial", type=click.IntRange(min=0), metavar="N", help="Stop only this trial.")
@location_options
def stop(study: str, trial: int | None, results: Path, storage: str | None) -> None:
    """Stop a running sweep or one of its trials.

    STUDY is the study's name. As after one Ctrl-C, a sweep saves a checkpoint of each running
    trial before it stops, and the next `sweep run` continues it. With --trial, only that trial
    stops. It becomes PRUNED with its last value, and the sweep continues.
    """
    url = storage or storage_url(results)
    holders = _find_holders(url, study)
    if not holders:
        raise UsageError(f"Study {study!r} is not being swept: there is nothing to stop.")
    if trial is None:
        _end_sweeps(study, holders)
    else:
        _end_trial(StudyFolder(results, study), url, trial)


def _find_holders(url: str, study: str) -> list[Holder]:
    """The processes that sweep the study: one on SQLite, any number on a server database."""
    from sweep.storage.database import open_for_reading
    from sweep.storage.lock import find_holder
    from sweep.storage.reading import read_holders, summarize_study

    engine = open_for_reading(url)
    if engine.dialect.name != "sqlite":
        return read_holders(engine, study)
    holder = find_holder(url, study)
    if holder is None:
        summarize_study(engine, study)  # raises if there is no such study
    return [] if holder is None else [holder]


def _end_sweeps(study: str, holders: list[Holder]) -> None:
    for holder in holders:
        if holder.is_here:
            os.kill(holder.pid, signal.SIGINT)
            click.echo(f"Asked process {holder.pid} to stop. Its trials save a checkpoint first.")
    others = [f"process {other.pid} on {other.host}" for other in holders if not other.is_here]
    if others:
        raise UsageError(f"Study {study!r} is being swept by {', '.join(others)}: stop it there.")


def _end_trial(paths: StudyFolder, url: str, number: int) -> None:
    trial = paths.trial(number)
    _, trials = read_study(paths.name, url, numbers=[number], attrs=[])
    if not (trials.numbers and number in paths.trial_numbers()):
        raise UsageError(f"Study {paths.name!r} has no trial {number} that ever started.")
    if not trials.in_state("RUNNING", "WAITING"):
        (state,) = trials.cells("state")
        raise UsageError(f"Trial {number} of study {paths.name!r} has already ended as {state}.")
    trial.ask_to_stop()
    click.echo(f"Asked trial {number} to stop. It is evaluated once more and becomes PRUNED.")
