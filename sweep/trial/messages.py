"""The messages between an attempt and the sweep.

Down, once: Resources and an Order. Up: Started, any number of Progressed, Evaluating, Evaluated,
Examined and Remarked, and finally Ended. Down: an Answer to each Evaluated, and Stop at any time.

In a trial that is a cluster, the leader talks to the sweep, and the tasks to the leader, with the
same messages. Between them there are also Prepared and InputEnded up, and TrainingOver down.

If its tasks are spread over several machines, the sweep carries the messages of those that run
elsewhere: Summon and ToTask come from the leader, and FromTask goes to it. Such a task first sends
Reachable, and starts with the Join that answers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sweep.schedule.leg import WHOLE, Leg
from sweep.study.cluster import TOGETHER, Cluster, TaskId
from sweep.trial.cluster.task import Place, Task
from sweep.trial.outcome import Outcome


@dataclass(frozen=True)
class Resources:
    """The part of the machine that one slot may use."""

    threads: int
    """Threads for TensorFlow's ops, and for OpenMP and BLAS."""
    gpu: str | None = None
    """The GPU that the trial sees, as CUDA_VISIBLE_DEVICES names it; None changes nothing."""


@dataclass(frozen=True)
class Order:
    """One attempt at one trial. It names the trial, which has a folder where the attempt runs."""

    study: str
    """The study's name."""
    number: int
    attempt: int
    """1 for the first; a later attempt continues from the checkpoint of the one before."""
    params: Mapping[str, Any]
    """The params that `build` gets."""
    suggested: Mapping[str, Any]
    """The params as the study has them."""
    seed: int
    record: Mapping[str, Any] = field(default_factory=dict)
    """What else the study knows about the trial, kept in its folder to rebuild the study from."""
    study_sha256: str | None = None
    """The hash of the study file that the sweep loaded."""
    leg: Leg = WHOLE
    evaluate_every: int | None = None
    """Steps between evaluations, unless the study's `build` sets them; None lets the study
    decide."""
    cluster: Cluster | None = None
    """The trial's tasks; None is one process without a cluster."""
    places: Mapping[TaskId, Place] = field(default_factory=dict)
    """Where each task runs, if they are spread over several machines."""
    task: Task | None = None
    """The task that runs the order; set by the leader that hands the order to its tasks."""
    check_only: bool = False
    """Build the trial and report whether it can be trained, without training it."""
    examine: bool = False
    """Then also report what the trial is."""

    @property
    def away(self) -> list[Task]:
        """The tasks that run on other machines than their leader."""
        if self.cluster is None:
            return []
        away = ((id, place) for id, place in self.places.items() if id[0] not in TOGETHER)
        return [Task(self.cluster, *id, host=place.host) for id, place in away]


@dataclass(frozen=True)
class Answer:
    """The sweep's answer to an evaluation."""

    prune: bool


@dataclass(frozen=True)
class Stop:
    """Save a checkpoint and end; the trial is continued later."""


@dataclass(frozen=True)
class Prepared:
    """The chief has prepared the trial's folder, so that other tasks can read it."""


@dataclass(frozen=True)
class InputEnded:
    """A task's training input has ended, and its training with it."""

    has_trained: bool
    """Whether it made a step."""


@dataclass(frozen=True)
class TrainingOver:
    """The chief has ended its training and saved its last checkpoint."""

    input_end: InputEnded | None
    """Whether its data ended, if so."""


@dataclass(frozen=True)
class Started:
    """The model is built."""

    max_steps: int | None
    """The step where this leg of the training ends."""
    broken: tuple[str, ...] = ()
    """Checkpoints that could not be read and were set aside."""
    save_checkpoints_steps: int | None = None
    save_checkpoints_secs: int | None = None
    """When checkpoints are saved, by its RunConfig; one of these is None."""
    loops: bool = False
    """Whether a program trains in its own loop, so that no part of it can be run alone."""


@dataclass(frozen=True)
class Progressed:
    """The training has reached `step`."""

    step: int


@dataclass(frozen=True)
class Evaluating:
    """An evaluation is running."""

    n_batches: int
    """How many batches it has processed."""
    steps: int | None
    """How many batches it processes at most; None is all."""


@dataclass(frozen=True)
class Evaluated:
    """An evaluation of the checkpoint at `step`; the trial waits for an Answer."""

    step: int
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Remarked:
    """Something about the trial that the person should know, once per sweep."""

    topic: str
    """What it is about: the sweep passes on the first remark on each topic."""
    text: str
    """A text that follows the trial's name."""


@dataclass(frozen=True)
class Arrays:
    """What was done with the arrays of an input_fn."""

    purpose: str
    """What the input_fn is for: training or evaluation."""
    n_bytes: int
    """How much is kept out of the graph."""
    why_not: str | None
    """Why all of it stays in the graph, if it does."""


@dataclass(frozen=True)
class Examined:
    """What a trial is, reported for a trial that is only built."""

    fingerprint: str | None
    """Differs if its graphs or its specs differ; None if there are none."""
    arrays: tuple[Arrays, ...]
    """The arrays of those of its input_fns that were called."""
    keep_checkpoint_max: int | None
    """How many checkpoints it keeps; None is all."""
    start_delay_secs: float
    throttle_secs: float
    """When checkpoints are evaluated, by its EvalSpec."""


@dataclass(frozen=True)
class Ended:
    """The attempt is over and its result is on the disk."""

    outcome: Outcome


@dataclass(frozen=True)
class Summon:
    """Start the process of a task on its machine."""

    order: Order
    """The trial's order with the task."""


@dataclass(frozen=True)
class Reachable:
    """The task has a port that it can listen on."""

    address: str
    """HOST:PORT, as the other tasks reach it."""


@dataclass(frozen=True)
class Join:
    """Do your part in the cluster."""

    addresses: Mapping[str, Sequence[str]]
    """HOST:PORT of each task that trains or holds variables, by type."""


@dataclass(frozen=True)
class ToTask:
    """The leader's message to a task on another machine."""

    task: TaskId
    message: Answer | Stop | TrainingOver | Join


@dataclass(frozen=True)
class FromTask:
    """A message to the leader from a task on another machine."""

    task: TaskId
    message: Upward


OfTask = Prepared | InputEnded | Reachable
OfLeader = Summon | ToTask
Upward = (
    Started | Progressed | Evaluating | Evaluated | Examined | Remarked | Ended | OfTask | OfLeader
)
Downward = Answer | Stop | TrainingOver | Join | FromTask
