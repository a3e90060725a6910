"""Much is imported without the garbage collector, which works as before when that is over."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator

import pytest

from sweep.importing import importing


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_before_the_end() -> None:
    with importing():
        with importing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_is_not_looked_at_again() -> None:
    with importing():
        made = [[i] for i in range(1_000)]
    assert not any(known is made for known in gc.get_objects())


def test_an_import_that_fails_leaves_the_collector_at_work() -> None:
    with pytest.raises(ModuleNotFoundError), importing():
        importlib.import_module("no_such_module")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with importing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
