"""One task of a trial that is a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.folder.layout import TrialFolder
from sweep.study.cluster import CHIEF, EVALUATOR, WORKER, Cluster, TaskId


@dataclass(frozen=True)
class Place:
    """A machine that tasks run on."""

    host: str
    """Its name."""
    address: str
    """Where the other machines reach it."""


@dataclass(frozen=True)
class Task:
    """A task, and the cluster that it belongs to."""

    cluster: Cluster
    type: str
    index: int
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """HOST:PORT of each task that trains or holds variables, by type."""
    host: str | None = None
    """The machine that it runs on, if the cluster's tasks are spread over several."""

    def __str__(self) -> str:
        has_others = self.cluster.counts[self.type] > 1
        name = f"{self.type} {self.index}" if has_others else self.type
        return name if self.host is None else f"{name} on {self.host}"

    @property
    def id(self) -> TaskId:
        return self.type, self.index

    @property
    def is_chief(self) -> bool:
        return self.type == CHIEF

    @property
    def is_evaluator(self) -> bool:
        return self.type == EVALUATOR

    @property
    def reports(self) -> bool:
        """Whether its evaluations are the trial's."""
        return self.type == self.cluster.reporting_type

    @property
    def place(self) -> int:
        """Its index among the tasks that train together: 0 is the chief."""
        return self.index + 1 if self.type == WORKER else 0

    def log(self, folder: TrialFolder) -> Path:
        """The file that its output goes to."""
        return folder.of_task(f"{self.type}-{self.index}", "log.txt")

    def hypertune(self, folder: TrialFolder) -> Path:
        """The file that it reports metrics in with cloudml-hypertune."""
        own = folder.of_task(f"{self.type}-{self.index}", "hypertune.json")
        return folder.hypertune if self.reports else own


def tf_config(number: int, task: Task | None) -> dict[str, Any]:
    """The environment variable TF_CONFIG for the code of trial `number`.

    It has the trial's number, as on AI Platform. Estimator does not take that for a cluster.
    """
    described = {"trial": str(number)}
    if task is None:
        return {"task": described}
    return {
        "cluster": {kind: list(addresses) for kind, addresses in task.addresses.items()},
        "task": {"type": task.type, "index": task.index, **described},
    }
