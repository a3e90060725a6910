"""What a sweep wants of a Ray cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sweep.errors import UsageError

_ADDRESS = re.compile(r"[^\s/]+:\d{1,5}")


@dataclass(frozen=True)
class RayCluster:
    """A Ray cluster, and what of it each trial takes.

    Raises:
        UsageError: the cluster cannot be reached so, or no trial can take that much.
    """

    address: str | None = None
    """Its head, as HOST:PORT; None is the cluster that Ray finds on this machine."""
    cpus_per_trial: float = 1.0
    gpus_per_trial: float = 0.0
    """Less than 1 is a GPU that several trials share."""

    def __post_init__(self) -> None:
        if self.address is not None and not _ADDRESS.fullmatch(self.address):
            raise UsageError(
                f"The head of a cluster is named as HOST:PORT, but --address is {self.address!r}: "
                "log in to a node of the cluster, where no address is needed."
            )
        if self.cpus_per_trial <= 0:
            raise UsageError(
                f"A trial must have some CPU, but got cpus_per_trial={self.cpus_per_trial:g}."
            )
        if self.gpus_per_trial < 0 or (self.gpus_per_trial > 1 and self.gpus_per_trial % 1):
            raise UsageError(
                "A trial has a part of a GPU or whole ones, but got "
                f"gpus_per_trial={self.gpus_per_trial:g}."
            )
