"""What takes too long is reported once, from another thread, and not after its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sweep.flow import alarm
from sweep.flow.alarm import Alarm

LONG = 0.4


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm, "SECONDS_BETWEEN_LOOKS", 0.02)


@pytest.fixture
def one() -> Iterator[Alarm]:
    one = Alarm()
    yield one
    one.close()


def test_a_block_that_takes_long_is_told_of_once(one: Alarm) -> None:
    said: list[str] = []
    with one.set(0.05, lambda: said.append("slow")):
        time.sleep(LONG)
    assert said == ["slow"]


def test_a_block_that_is_over_in_time_is_told_of_neither_then_nor_later(one: Alarm) -> None:
    said: list[str] = []
    with suppress(KeyError), one.set(0.05, lambda: said.append("slow")):
        raise KeyError
    time.sleep(LONG)
    assert said == []


def test_a_block_within_another_is_told_of_by_itself(one: Alarm) -> None:
    said: list[str] = []
    with one.set(1000, lambda: said.append("outer")), one.set(0.05, lambda: said.append("inner")):
        time.sleep(LONG)
    assert said == ["inner"]


def test_no_thread_is_there_before_the_first_block_nor_after_the_end() -> None:
    before = threading.active_count()
    one = Alarm()
    assert threading.active_count() == before
    with one.set(1000, lambda: None):
        assert threading.active_count() == before + 1
    one.close()
    assert threading.active_count() == before
