"""Which processes are gone, told apart from later ones with the same id, and from zombies."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from sweep.storage.holder import Holder
from tests.processes import is_alive, wait_until

HERE = Holder.here()


def test_a_process_that_runs_is_not_gone() -> None:
    assert not Holder.from_json(HERE.to_json()).is_gone


def test_a_later_process_of_the_same_id_is_another() -> None:
    assert replace(HERE, began=HERE.began - 1).is_gone


def test_nothing_is_certain_of_another_machines_process() -> None:
    assert not Holder("another-machine", HERE.pid, HERE.began - 1).is_gone


@pytest.mark.parametrize("is_reaped", [False, True])
def test_a_process_that_has_ended_is_gone_even_before_it_is_reaped(is_reaped: bool) -> None:
    code = "from sweep.storage.holder import *; print(*Holder.here().to_json().values())"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    _, pid, began = child.stdout.readline().split()
    assert wait_until(lambda: not is_alive(child.pid))
    if is_reaped:
        child.wait()
    gone = replace(HERE, pid=int(pid), began=int(began)).is_gone
    child.communicate()
    assert gone
