"""Ports on which the tasks of a cluster find each other, kept free for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sweep.study.cluster import EVALUATOR, Cluster


@contextmanager
def addresses_held(cluster: Cluster) -> Iterator[dict[str, list[str]]]:
    """Addresses for the tasks that others speak to, by type; an evaluator is in no cluster.

    A socket is bound to each port, and never listens: with SO_REUSEADDR, which gRPC sets too, a
    task can listen there all the same, but the system gives the port to nobody else.
    """
    with ExitStack() as stack:
        yield {
            kind: [f"localhost:{_hold(stack)}" for _ in range(count)]
            for kind, count in cluster.counts.items()
            if count and kind != EVALUATOR
        }


def _hold(stack: ExitStack) -> int:
    holder = stack.enter_context(socket.socket())
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("", 0))
    port: int = holder.getsockname()[1]
    return port
