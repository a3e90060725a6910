"""The drawing of a recorded terminal; the recording itself is a sweep, and is not repeated here."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest


def test_a_recording_has_each_line_once_and_shows_its_end_where_nothing_moves() -> None:
    pyte = pytest.importorskip("pyte")
    from docs import record

    screen = pyte.Screen(record.COLUMNS, record.ROWS)
    stream = pyte.Stream(screen)
    frames = []
    for i, printed in enumerate(
        ["$ sweep run\r\n", "trial 0 \x1b[1;32m<best>\x1b[0m\r\n", "end\r\n"]
    ):
        stream.feed(printed)
        frames.append((float(i), record.taken(screen)))
    drawn = record.drawn(frames)

    ElementTree.fromstring(drawn)
    assert re.findall(r">([^<]+)</text>", drawn) == [
        "$ sweep run",
        "trial 0",
        "&lt;best&gt;",
        "end",
    ]
    strip = drawn.partition('<g id="strip">\n')[2].splitlines()
    assert [re.findall(r'"#(l\d)"', frame) for frame in strip[:3]] == [
        ["l0", "l1", "l2"],
        ["l0"],
        ["l0", "l1"],
    ]
    moves = re.findall(r"([\d.]+)% { transform: translateY\((-?\d+)px\)", drawn)
    height = record.ROWS * record.LINE_HEIGHT + 2 * record.MARGIN
    assert [int(y) // -height for _, y in moves] == [0, 1, 2]
    assert [float(percent) for percent, _ in moves] == pytest.approx([0, 75, 87.5])
