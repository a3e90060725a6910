"""A Ray cluster on this machine that ends with its standard input: python nodes.py CPUS [CPUS …]

It prints the address of its head, which has no CPUs.
"""

from __future__ import annotations

import sys

from ray.cluster_utils import Cluster

head = {"num_cpus": 0, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=head)
for cpus in sys.argv[1:]:
    cluster.add_node(num_cpus=int(cpus))
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
