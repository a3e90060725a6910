"""The tasks that a trial consists of where it is a cluster, as Estimator's TF_CONFIG has them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sweep.errors import StudyError

CHIEF, WORKER, PS, EVALUATOR = "chief", "worker", "ps", "evaluator"
_AT_MOST_ONE = (CHIEF, EVALUATOR)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """How many tasks of each type a trial has, each a process on the machine of the trial.

    Raises:
        StudyError: Estimator knows no such cluster.
    """

    chief: int = 1
    """It trains, and alone writes checkpoints; there is one."""
    worker: int = 0
    """They train beside the chief."""
    ps: int = 0
    """Parameter servers: they hold the variables that the chief and the workers train."""
    evaluator: int = 0
    """It evaluates checkpoints while the others train; without one, the chief does."""

    def __post_init__(self) -> None:
        for kind, count in self.counts.items():
            if type(count) is not int or count < 0:
                raise StudyError(
                    f"A cluster has a whole number of each type of task, but got {kind}={count!r}."
                )
            if kind in _AT_MOST_ONE and count > 1:
                raise StudyError(f"A cluster has one {kind} at most, but got {kind}={count}.")
        if self.chief == 0:
            raise StudyError("A cluster has a chief, which trains, but got chief=0.")

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks there are, by type."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def n_tasks(self) -> int:
        """How many tasks there are in all."""
        return sum(self.counts.values())

    @property
    def tells(self) -> str:
        """The type of the task whose evaluations are the trial's."""
        return EVALUATOR if self.evaluator else CHIEF

    def __str__(self) -> str:
        return ",".join(f"{kind}={count}" for kind, count in self.counts.items() if count)

    @classmethod
    def parse(cls, text: str) -> Cluster:
        """The cluster that is written as `chief=1,worker=2`.

        Raises:
            StudyError: there is no such cluster.
        """
        counts: dict[str, int] = {}
        for item in text.split(","):
            kind, _, count = (part.strip() for part in item.partition("="))
            if kind not in cls().counts or kind in counts or not count.isdecimal():
                raise StudyError(
                    f"{text!r} describes no cluster, for {item.strip()!r} is not one of chief=N, "
                    "worker=N, ps=N and evaluator=N, each given once."
                )
            counts[kind] = int(count)
        return cls(**counts)
