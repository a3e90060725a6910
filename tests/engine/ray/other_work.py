"""Other work on a cluster: `other_work ADDRESS N` holds N CPUs until its input ends."""

from __future__ import annotations

import sys
import time

import ray


def main(address: str, n_cpus: str) -> None:
    ray.init(address, log_to_driver=False)

    @ray.remote(num_cpus=1)
    class Holder:
        def is_there(self) -> bool:
            return True

    holders = [Holder.remote() for _ in range(int(n_cpus))]
    ray.get([holder.is_there.remote() for holder in holders])
    print("held", flush=True)
    for _ in sys.stdin:
        time.sleep(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
