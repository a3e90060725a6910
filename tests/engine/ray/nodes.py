"""A Ray cluster in a process of its own: `python -m tests.engine.ray.nodes`.

It reads `add` or `remove I` from its input, a line each, answers with a line when that is done, and
ends the cluster with its input. Ray's reaper ends the whole process group of who has started a
cluster and is killed, which must not be that of the tests.
"""

from __future__ import annotations

import sys
from typing import Any


def main() -> None:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes: list[Any] = []
    print(cluster.address, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["add"]:
                nodes.append(cluster.add_node(num_cpus=1))
            case ["remove", index]:
                cluster.remove_node(nodes.pop(int(index)), allow_graceful=False)
        print("done", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
