"""Other work on a cluster: `other_work ADDRESS N` holds N CPUs until its input ends."""

from __future__ import annotations

import sys
from typing import Any

import ray


class _Holder:
    def is_there(self) -> bool:
        return True


def main(address: str, n_cpus: str) -> None:
    ray.init(address, log_to_driver=False)

    actor: Any = ray.remote(_Holder).options(num_cpus=1)
    holders = [actor.remote() for _ in range(int(n_cpus))]
    ray.get([holder.is_there.remote() for holder in holders])
    print("held", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
