"""The tasks of a trial that is a cluster, by the names that Estimator's TF_CONFIG uses."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sweep.errors import StudyError

CHIEF, WORKER, PS, EVALUATOR = "chief", "worker", "ps", "evaluator"
_AT_MOST_ONE = (CHIEF, EVALUATOR)
TOGETHER = (CHIEF, EVALUATOR)
"""They read and write the trial's checkpoints, so they always run on the same machine."""

TaskId = tuple[str, int]
"""A task's type, and its index among those of the type."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """How many tasks of each type a trial has. Each task is a process.

    All run on the trial's machine, unless no node of a Ray cluster has room for a whole trial.
    Then workers and parameter servers can run on other nodes than the chief and the evaluator.

    Raises:
        StudyError: Estimator has no cluster with these tasks.
    """

    chief: int = 1
    """Trains, and is the only task that writes checkpoints. There is exactly one."""
    worker: int = 0
    """Train beside the chief."""
    ps: int = 0
    """Parameter servers. They hold the variables that the chief and the workers train."""
    evaluator: int = 0
    """Evaluates checkpoints while the others train. Without one, the chief evaluates."""

    def __post_init__(self) -> None:
        for kind, count in self.counts.items():
            if type(count) is not int or count < 0:
                raise StudyError(
                    f"A cluster has a whole number of tasks of each type, but got {kind}={count!r}."
                )
            if kind in _AT_MOST_ONE and count > 1:
                raise StudyError(f"A cluster has at most one {kind}, but got {kind}={count}.")
        if self.chief == 0:
            raise StudyError("A cluster needs a chief, which trains, but got chief=0.")

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks there are, by type."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def n_tasks(self) -> int:
        """How many tasks there are in all."""
        return sum(self.counts.values())

    @property
    def tasks(self) -> list[TaskId]:
        """All tasks, the chief first."""
        return [(kind, index) for kind, count in self.counts.items() for index in range(count)]

    @property
    def reporting_type(self) -> str:
        """The type of the task whose evaluations are the trial's."""
        return EVALUATOR if self.evaluator else CHIEF

    def __str__(self) -> str:
        return ",".join(f"{kind}={count}" for kind, count in self.counts.items() if count)

    @classmethod
    def parse(cls, text: str) -> Cluster:
        """The cluster that `chief=1,worker=2` describes.

        Raises:
            StudyError: the text describes no cluster.
        """
        counts: dict[str, int] = {}
        for item in text.split(","):
            kind, _, count = (part.strip() for part in item.partition("="))
            if kind not in cls().counts or kind in counts or not count.isdecimal():
                raise StudyError(
                    f"{text!r} describes no cluster: {item.strip()!r} is not one of chief=N, "
                    "worker=N, ps=N and evaluator=N, or is given twice."
                )
            counts[kind] = int(count)
        return cls(**counts)
