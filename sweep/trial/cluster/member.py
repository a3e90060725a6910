"""A task's process: forked by its leader, with the TF_CONFIG that Estimator reads."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection, Pipe

from sweep.folder.layout import TrialFolder
from sweep.study.cluster import PS
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.cluster.channel import TaskChannel
from sweep.trial.cluster.task import Task, tf_config
from sweep.trial.execution import Runner, outcome_of
from sweep.trial.messages import Ended, Order, Resources
from sweep.trial.outcome import Outcome
from sweep.trial.parent import die_with, exit_after, fork
from sweep.trial.surroundings import keep_to, print_to

NO_GPU = "-1"


@dataclass(frozen=True)
class Member:
    """What every task of a trial runs.

    Args:
        study: loads the study, and may send remarks to the sweep.
        order: the trial's order.
        folder: the trial's folder.
        resources: each task's share of the trial's slot.
        runner: runs the order.
    """

    study: Callable[[Channel], StudySpec]
    order: Order
    folder: TrialFolder
    resources: Resources
    runner: Runner

    def start(self, task: Task) -> tuple[int, Connection]:
        """Forks a task that ends with this process; returns its process id and the pipe to it."""
        ours, theirs = Pipe()
        leader = os.getpid()
        pid = fork()
        if pid == 0:
            ours.close()
            exit_after(partial(self._run, task, theirs, leader))
        theirs.close()
        return pid, ours

    def _run(self, task: Task, pipe: Connection, leader: int) -> None:
        die_with(leader)
        pipe.send(Ended(self.run(task, pipe)))

    def run(self, task: Task, channel: Channel) -> Outcome:
        """Does a task's part in this process.

        Args:
            task: the task.
            channel: the connection with the leader.
        """
        print_to(task.log(self.folder))
        has_no_use = task.type == PS and self.resources.gpu is not None
        keep_to(replace(self.resources, gpu=NO_GPU) if has_no_use else self.resources)
        os.environ["TF_CONFIG"] = json.dumps(tf_config(self.order.number, task))
        order = replace(self.order, task=task)

        def run(spec: StudySpec, order: Order, folder: TrialFolder, own: Channel) -> Outcome:
            return self.runner(spec, order, folder, TaskChannel(own))

        outcome = outcome_of(partial(self.study, channel), order, self.folder, channel, run)
        sys.stdout.flush()
        sys.stderr.flush()
        return outcome
