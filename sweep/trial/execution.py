"""Executes an order in the trial's folder: claims the folder, runs the order, keeps the result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.errors import SweepError
from sweep.folder.claim import ForeignFolderError, claim
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.folder.mirror import find_mirror
from sweep.folder.room import is_full
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel, OfOneProcess
from sweep.trial.messages import Order
from sweep.trial.outcome import Cause, Outcome
from sweep.trial.surroundings import print_to

Runner = Callable[[StudySpec, Order, TrialFolder, Channel], Outcome]
"""Runs an order after its trial's folder is claimed."""


@dataclass(frozen=True)
class Folders:
    """The folders of trials on the machine where their attempts run."""

    results: Path
    scratch: Path
    """The folder for a trial that is only built."""

    def of(self, order: Order) -> TrialFolder:
        """The folder of the order's trial."""
        if order.check_only:
            return TrialFolder(self.scratch)
        return StudyFolder(self.results, order.study).trial(order.number)


def run_order(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Runs the order with Estimator in a process of its own."""
    # Imported here because it imports TensorFlow, which reads the environment of the process.
    from sweep.training.apart import draw_apart
    from sweep.trial.attempt import check_build, run_attempt

    draw_apart(0 if order.task is None else order.task.place)
    run = check_build if order.check_only else run_attempt
    return run(spec, order, folder, channel)


def run_order_here(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Runs the order with Estimator in a process that continues afterwards."""
    from sweep.trial.attempt import run_here

    return run_here(spec, order, folder, channel)


def claimed(order: Order, folder: TrialFolder) -> Outcome | None:
    """Claims the trial's folder, unless its leader has; an outcome says why it cannot."""
    if order.check_only or order.task is not None:
        return None
    identity = {"number": order.number, "seed": order.seed, "suggested": dict(order.suggested)}
    details: dict[str, Any] = {
        "params": dict(order.params),
        "study_file_sha256": order.study_sha256,
    }
    details |= {"attempt": order.attempt, "record": dict(order.record)}
    if (mirror := find_mirror(folder.folder.parent.parent)) is not None:
        details["mirror"] = mirror.id
    return _refusal(folder, lambda: claim(folder, identity, details))


def logged(order: Order, folder: TrialFolder) -> Outcome | None:
    """Sends the output of this process to the trial's log; an outcome says why it cannot.

    A task of a cluster has a log of its own.
    """
    return None if order.task is not None else _refusal(folder, lambda: print_to(folder.log))


def _refusal(folder: TrialFolder, write: Callable[[], None]) -> Outcome | None:
    """Writes into the trial's folder; an outcome says why it cannot."""
    try:
        write()
    except ForeignFolderError as error:
        return Outcome.failed(Cause.MISMATCH, str(error))
    except OSError as error:
        if is_full(error):
            return Outcome.failed(Cause.DISK_FULL, str(error))
        why = f"{folder.folder} cannot be written to: {error.strerror}."
        return Outcome.failed(Cause.UNWRITABLE, why)
    return None


def outcome_of(
    study: Callable[[], StudySpec],
    order: Order,
    folder: TrialFolder,
    channel: Channel,
    runner: Runner,
) -> Outcome:
    """Runs an order in its claimed folder; see `execute`."""
    own = OfOneProcess(channel)
    try:
        return runner(study(), order, folder, own)
    except SweepError as error:
        return Outcome.failed(Cause.STUDY, str(error))
    finally:
        own.end_another()


def execute(
    study: Callable[[], StudySpec],
    order: Order,
    folder: TrialFolder,
    channel: Channel,
    runner: Runner,
) -> Outcome:
    """Runs an order in its claimed folder, and writes the outcome there before reporting it.

    Args:
        study: loads the study.
        order: the attempt.
        folder: the trial's folder.
        channel: the connection with the sweep.
        runner: runs the order.
    """
    outcome = outcome_of(study, order, folder, channel, runner)
    if not order.check_only:
        keep(outcome, order, folder)
    return outcome


def keep(outcome: Outcome, order: Order, folder: TrialFolder) -> None:
    """Writes the outcome into the trial's folder."""
    try:
        folder.write_result({"attempt": order.attempt, **outcome.to_json()})
    except OSError as error:  # the disk is full; the sweep then has the only copy
        print(f"The result was not written: {error}", file=sys.stderr)
