"""How much disk space a trial waits for."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from sweep.folder.room import LEAST_ROOM, Room, is_full
from tests.disk import SmallDisk


def test_room_is_not_looked_for_until_a_trial_has_found_the_disk_full(
    small_disk: SmallDisk,
) -> None:
    small_disk.fill()
    room = Room(small_disk.folder)
    assert room.is_enough
    room.note_full(time.monotonic())
    assert not room.is_enough
    small_disk.free()
    assert room.is_enough


def test_a_trial_that_finds_too_little_room_again_waits_for_twice_as_much(tmp_path: Path) -> None:
    room = Room(tmp_path)
    needed = []
    for _ in range(3):
        room.note_full(time.monotonic())
        needed.append(room.needed)
    assert needed == [LEAST_ROOM, 2 * LEAST_ROOM, 4 * LEAST_ROOM]


def test_trials_that_find_the_same_disk_full_ask_for_no_more_than_one(tmp_path: Path) -> None:
    room = Room(tmp_path)
    began = time.monotonic()
    for _ in range(3):
        room.note_full(began)
    assert room.needed == LEAST_ROOM


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_known_by_its_words_whoever_says_them(number: int) -> None:
    assert is_full(OSError(number, os.strerror(number)))
    assert is_full(RuntimeError(f"model.ckpt-5.data; {os.strerror(number)}"))
    assert not is_full(OSError(errno.EACCES, os.strerror(errno.EACCES)))
