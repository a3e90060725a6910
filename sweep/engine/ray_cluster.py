"""What a sweep asks of a Ray cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sweep.errors import UsageError

_ADDRESS = re.compile(r"[^\s/]+:\d{1,5}")


@dataclass(frozen=True)
class RayCluster:
    """A Ray cluster, and the resources that each trial takes.

    Raises:
        UsageError: the address or the resources are not valid.
    """

    address: str | None = None
    """Its head, as HOST:PORT; None is the cluster that Ray finds on this machine."""
    cpus_per_trial: float = 1.0
    gpus_per_trial: float = 0.0
    """With less than 1, several trials share a GPU."""

    def __post_init__(self) -> None:
        if self.address is not None and not _ADDRESS.fullmatch(self.address):
            raise UsageError(
                f"--address must be HOST:PORT, but got {self.address!r}: give the head of the "
                "cluster, or run on a node of the cluster, where no address is needed."
            )
        if self.cpus_per_trial <= 0:
            raise UsageError(
                f"A trial needs some CPU, but got cpus_per_trial={self.cpus_per_trial:g}."
            )
        if self.gpus_per_trial < 0 or (self.gpus_per_trial > 1 and self.gpus_per_trial % 1):
            raise UsageError(
                "A trial can have a part of a GPU or whole GPUs, but got "
                f"gpus_per_trial={self.gpus_per_trial:g}."
            )
