"""Ports for the tasks of a cluster, reserved until the tasks listen on them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sweep.study.cluster import EVALUATOR


@contextmanager
def addresses_held(
    counts: Mapping[str, int], host: str = "localhost"
) -> Iterator[dict[str, list[str]]]:
    """Addresses by type for the tasks that others connect to; an evaluator needs none.

    A socket is bound to each port but does not listen. A task can still listen there, because gRPC
    sets SO_REUSEADDR as this does, but the system gives the port to no other process.

    Args:
        counts: how many tasks of each type listen on this machine.
        host: where the other tasks reach this machine.
    """
    with ExitStack() as stack:
        yield {
            kind: [f"{host}:{_hold(stack)}" for _ in range(count)]
            for kind, count in counts.items()
            if count and kind != EVALUATOR
        }


def _hold(stack: ExitStack) -> int:
    holder = stack.enter_context(socket.socket())
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("", 0))
    port: int = holder.getsockname()[1]
    return port
