"""A Ray cluster in a process of its own: `python -m tests.engine.ray.nodes [PORT PORT]`.

The ports are those of Ray's dashboard, which takes jobs, and of the head's agent, which runs them;
without them there is no dashboard. Commands are read from the input, a line each, and answered with
a line. The cluster ends with the input:

    add             another node joins, with one CPU
    remove I        a node's raylet is killed
    apart FOLDER    a node joins that finds another, empty folder by this path
    remove apart    it leaves

Ray's reaper ends the whole process group of who has started a cluster and is killed, which must not
be that of the tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

RAY = Path(sys.executable).with_name("ray")
_WITH_ANOTHER_FOLDER = 'mount -t tmpfs none "$0" && exec "$@"'


def main() -> None:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": len(sys.argv) > 1}
    names = ("dashboard_port", "dashboard_agent_listen_port")
    head |= zip(names, map(int, sys.argv[1:]), strict=False)
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes: list[Any] = []
    apart: subprocess.Popen[str] | None = None
    print(cluster.address, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["add"]:
                nodes.append(cluster.add_node(num_cpus=1))
            case ["remove", "apart"]:
                _end(apart)
                apart = None
            case ["remove", index]:
                cluster.remove_node(nodes.pop(int(index)), allow_graceful=False)
            case ["apart", folder]:
                apart = _start_apart(cluster.address, folder)
        print("done", flush=True)
    _end(apart)
    cluster.shutdown()


def _start_apart(address: str, folder: str) -> subprocess.Popen[str]:
    """Has a node join in a mount namespace of its own."""
    start = [str(RAY), "start", f"--address={address}", "--num-cpus=1", "--block"]
    node = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", _WITH_ANOTHER_FOLDER, folder, *start],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert node.stdout is not None
    for line in node.stdout:
        if "Ray runtime started" in line:
            return node
    raise RuntimeError("the node has not joined")


def _end(node: subprocess.Popen[str] | None) -> None:
    if node is not None:
        node.terminate()
        node.communicate()


if __name__ == "__main__":
    main()
