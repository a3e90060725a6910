"""The sweep's connection to a Ray cluster. Apart from threads, it does not change the process."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from sweep.engine.ray.sizes import Node
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError

SECONDS_TO_ANSWER = 5.0
_ADDRESS = "RAY_ADDRESS"
_is_ours = False
"""Whether `connect` has connected this process."""


def connect(cluster: RayCluster) -> None:
    """Connects this process to the cluster, unless it is connected already.

    Raises:
        UsageError: there is no such cluster.
    """
    global _is_ours
    if ray.is_initialized():
        return
    try:
        if cluster.address is not None:
            _knock(cluster.address)
        with _address_of_ours(cluster.address), _handlers_kept():
            ray.init(
                cluster.address or "auto",
                log_to_driver=False,
                configure_logging=False,
                logging_level="ERROR",
            )
    except (OSError, ValueError, RuntimeError) as error:
        where = "on this machine" if cluster.address is None else f"at {cluster.address}"
        reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[0].rstrip(".")
        raise UsageError(
            f"No Ray cluster was found {where} ({reason}): start one with `ray start --head`, join "
            "it on the other machines, or name its head with --address."
        ) from error
    _is_ours = True


def disconnect() -> None:
    """Undoes `connect`; a connection of the user's own is kept."""
    global _is_ours
    if _is_ours:
        _is_ours = False
        ray.shutdown()


def _knock(address: str) -> None:
    """Finds out in seconds whether something listens there; Ray would take many minutes.

    Raises:
        OSError: nothing listens there.
    """
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), SECONDS_TO_ANSWER).close()


def nodes() -> list[Node]:
    """The nodes that are alive now."""
    return [
        Node(
            node["NodeID"],
            node["NodeManagerHostname"],
            node["Resources"].get("CPU", 0.0),
            node["Resources"].get("GPU", 0.0),
            node["NodeManagerAddress"],
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def own_node() -> str:
    """The id of the node that this process belongs to."""
    return str(ray.get_runtime_context().get_node_id())


@contextmanager
def _address_of_ours(address: str | None) -> Iterator[None]:
    """Hides the address in the environment, which Ray would prefer to the given one."""
    theirs = os.environ.pop(_ADDRESS, None) if address is not None else None
    try:
        yield
    finally:
        if theirs is not None:
            os.environ[_ADDRESS] = theirs


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Restores the handler of SIGTERM, which Ray replaces with its own."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
