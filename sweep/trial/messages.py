"""What an attempt and the sweep say to each other.

Down, once: Resources and an Order. Up: Started, any number of Progressed, Evaluating, Evaluated,
Examined and Remarked, and at last Ended. Down: an Answer to every Evaluated, and Stop at any time.

A trial that is a cluster speaks with the sweep by its leader, and its tasks with that: in the same
messages, with Prepared and InputEnded up and TrainingOver down besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.schedule.leg import WHOLE, Leg
from sweep.study.cluster import Cluster
from sweep.trial.cluster.task import Task
from sweep.trial.outcome import Outcome


@dataclass(frozen=True)
class Resources:
    """What one slot may use of the machine."""

    threads: int
    """Threads for TensorFlow's ops, and for OpenMP and BLAS."""
    gpu: str | None = None
    """The one GPU that the trial sees, as CUDA_VISIBLE_DEVICES names it; None leaves it be."""


@dataclass(frozen=True)
class Order:
    """One attempt at one trial. It names the trial, which has its folder where the attempt runs."""

    study: str
    """The study's name."""
    number: int
    attempt: int
    """1 for the first; a later one goes on from the checkpoint of the one before."""
    params: Mapping[str, Any]
    """What `build` is given."""
    suggested: Mapping[str, Any]
    """The params as the study has them."""
    seed: int
    record: Mapping[str, Any] = field(default_factory=dict)
    """What else the study has of the trial, kept in its folder to make the study again."""
    study_sha256: str | None = None
    """The hash of the study file, as the sweep has loaded it."""
    leg: Leg = WHOLE
    evaluate_every: int | None = None
    """Steps between evaluations, where the study's `build` does not say otherwise; None leaves
    it to the study."""
    cluster: Cluster | None = None
    """The tasks that the trial consists of; None is one process without a cluster."""
    task: Task | None = None
    """Which of them runs the order; what gives it to its tasks says so."""
    check_only: bool = False
    """Build the trial and say whether it can be trained, without training it."""
    examine: bool = False
    """Say then what it was built to be as well."""


@dataclass(frozen=True)
class Answer:
    """The sweep's word on an evaluation."""

    prune: bool


@dataclass(frozen=True)
class Stop:
    """Save a checkpoint and end; the trial is taken up again later."""


@dataclass(frozen=True)
class Prepared:
    """The chief has the trial's folder ready, so that other tasks may look into it."""


@dataclass(frozen=True)
class InputEnded:
    """The training input of a task has ended, and its training with it."""

    has_trained: bool
    """Whether a step was made."""


@dataclass(frozen=True)
class TrainingOver:
    """The chief trains no more: its last checkpoint is there."""

    input_end: InputEnded | None
    """Whether it was its data that has ended."""


@dataclass(frozen=True)
class Started:
    """The model is built."""

    max_steps: int | None
    """Where this leg of the training ends."""
    broken: tuple[str, ...] = ()
    """Checkpoints that could not be read and were put aside."""
    save_checkpoints_steps: int | None = None
    save_checkpoints_secs: int | None = None
    """When checkpoints are saved, as its RunConfig says; one of these is None."""
    loops: bool = False
    """Whether a program trains in a loop of its own, of which no part can be done by itself."""


@dataclass(frozen=True)
class Progressed:
    """Training has reached `step`."""

    step: int


@dataclass(frozen=True)
class Evaluating:
    """An evaluation goes on."""

    n_batches: int
    """How many it has taken."""
    steps: int | None
    """How many it takes at most; None is as many as there are."""


@dataclass(frozen=True)
class Evaluated:
    """An evaluation of the checkpoint at `step`; the trial waits for an Answer."""

    step: int
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Remarked:
    """Something of the trial that the person should know, once in a sweep."""

    topic: str
    """What it is about: of each topic, the sweep passes on the first remark."""
    text: str
    """Sentences that go on after the trial's name."""


@dataclass(frozen=True)
class Arrays:
    """What has become of the arrays of an input_fn."""

    purpose: str
    """What the input_fn is for: training or evaluation."""
    n_bytes: int
    """How much is kept out of the graph."""
    why_not: str | None
    """Why all of it is left there, if it is."""


@dataclass(frozen=True)
class Examined:
    """What a trial was built to be; said of one that is only built."""

    fingerprint: str | None
    """Differs where its graphs do, or the specs that it is trained by; None where none was made."""
    arrays: tuple[Arrays, ...]
    """Of its input_fns that were called."""
    keep_checkpoint_max: int | None
    """How many checkpoints it keeps; None is all."""
    start_delay_secs: float
    throttle_secs: float
    """When checkpoints are evaluated, as its EvalSpec says."""


@dataclass(frozen=True)
class Ended:
    """The attempt is over and its result is on the disk."""

    outcome: Outcome


OfTask = Prepared | InputEnded
Upward = Started | Progressed | Evaluating | Evaluated | Examined | Remarked | Ended | OfTask
Downward = Answer | Stop | TrainingOver
