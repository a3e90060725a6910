"""`sweep stop`: end a running sweep, or one of its trials, in order."""

from __future__ import annotations

import os
import platform
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.place import results_option, storage_option
from sweep.errors import UsageError
from sweep.paths import StudyPaths, storage_url

if TYPE_CHECKING:
    from sweep.storage.holder import Holder


@click.command()
@click.argument("study")
@click.option("--trial", type=click.IntRange(min=0), help="End this trial alone.")
@results_option
@storage_option
def stop(study: str, trial: int | None, results: Path, storage: str | None) -> None:
    """End a running sweep in order, as one Ctrl-C does, or one of its trials.

    STUDY is the study's name. A sweep that is ended goes on with the next `sweep run`. A trial that
    is ended is PRUNED with its last value; the sweep goes on.
    """
    from sweep.storage.lock import find_holder

    holder = find_holder(storage or storage_url(results), study)
    if holder is None:
        raise UsageError(f"Study {study!r} is not being swept in {results}.")
    if trial is None:
        _end_sweep(study, holder)
    else:
        _end_trial(StudyPaths(results, study), trial)


def _end_sweep(study: str, holder: Holder) -> None:
    if holder.host != platform.node():
        raise UsageError(
            f"Study {study!r} is being swept by process {holder.pid} on {holder.host}: stop it "
            "there."
        )
    os.kill(holder.pid, signal.SIGINT)
    click.echo(f"Asked process {holder.pid} to end: its trials save a checkpoint first.")


def _end_trial(paths: StudyPaths, number: int) -> None:
    trial = paths.trial(number)
    if not trial.folder.is_dir():
        raise UsageError(f"Study {paths.name!r} has no trial {number} that was ever begun.")
    trial.stop.touch()
    click.echo(f"Asked trial {number} to end: it is evaluated once more and kept as PRUNED.")
