"""The life of a trial's process, from start to end: `main`.

It ends with the process that started it, keeps to its slot's threads and GPU, and sends all its
output to the trial's log. Its result is on the disk before the sweep hears of it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sweep.errors import StudyError
from sweep.study.loader import load_study_file
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.cluster.away import run_away
from sweep.trial.cluster.leader import lead
from sweep.trial.cluster.member import Member
from sweep.trial.execution import Folders, Runner, claimed, execute, keep, logged, run_order
from sweep.trial.messages import Ended, Order, Remarked, Resources
from sweep.trial.surroundings import keep_to


def prepare(study: StudySpec) -> None:
    """Does once, before processes for `run_order` are forked, what each would do first."""
    import sweep.trial.attempt  # noqa: F401
    from sweep.program.ahead import import_ahead
    from sweep.training.apart import generators
    from sweep.training.prewarm import warm_up

    warm_up()
    generators()
    if study.program is not None:
        import_ahead(study.program)


def main(
    channel: Connection, study: StudySpec | Path, folders: Folders, runner: Runner = run_order
) -> None:
    """Waits for the one Order on the channel, and runs it.

    Args:
        channel: the pipe to the sweep.
        study: the study if the process was forked with it, or the file to load it from.
        folders: gives the trial's folder.
        runner: runs the order.
    """
    try:
        resources: Resources = channel.recv()
        order: Order = channel.recv()
    except EOFError:  # the sweep ended
        return
    keep_to(resources)
    folder = folders.of(order)
    refusal = claimed(order, folder) or logged(order, folder)
    if refusal is not None:
        channel.send(Ended(refusal))
        return
    del sys.argv[1:]  # the sweep's; a study that parses flags late would take them for its own
    os.environ.pop("TF_CONFIG", None)  # a cluster's; the trial would wait for its other tasks
    load = partial(_loaded, study, order)
    if (task := order.task) is not None:
        member = Member(load, order, folder, resources, runner)
        try:
            outcome = run_away(member, task, order.places[task.id].address, channel)
        except EOFError:  # the sweep ended
            return
    elif order.cluster is None or order.check_only:
        outcome = execute(partial(load, channel), order, folder, channel, runner)
    else:
        n_here = order.cluster.n_tasks - len(order.away)
        share = replace(resources, threads=max(1, resources.threads // n_here))
        outcome = lead(Member(load, order, folder, share, runner), order.cluster, channel)
        keep(outcome, order, folder)
    sys.stdout.flush()
    sys.stderr.flush()
    channel.send(Ended(outcome))  # nobody waits for this process afterwards


def _loaded(study: StudySpec | Path, order: Order, channel: Channel) -> StudySpec:
    """The order's study.

    Raises:
        StudyError: the study file has changed since the sweep loaded it.
    """
    if not isinstance(study, Path):
        return study
    loaded = load_study_file(study)
    if order.study_sha256 not in (None, loaded.sha256):
        then = "Put it back, or interrupt the sweep and run the same command again"
        text = f"{study} has changed since the sweep loaded it, and this trial loads it again"
        channel.send(Remarked("study file", f" was refused: {text}. {then}."))
        raise StudyError(f"{text}: {then[0].lower()}{then[1:]}.")
    return loaded.spec
