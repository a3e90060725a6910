"""The rooms of the package, as docs/architecture.md has them: each imports from those above it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.running import ROOT

_PAGE = (ROOT / "docs/architecture.md").read_text()
_TABLE = _PAGE.partition("| room |")[2].partition("\n\n")[0]
ORDER = [
    [name.rstrip("/") for name in re.findall(r"`(\w+/?)`", line.split("|")[1])]
    for line in _TABLE.splitlines()[2:]
]
GROUND = ORDER[0]
MOST_LINES, MOST_LINES_OF_THE_LOOP = 350, 250
OUTSIDE = {"__init__", "__main__"}
"""What stands above all rooms: the names that the package exports, and `python -m sweep`."""


def modules() -> Iterator[tuple[str, Path]]:
    """Every module in a room or on the ground, with the name of the room or of itself."""
    package = ROOT / "sweep"
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package).parts[0].removesuffix(".py")
        if place not in OUTSIDE:
            yield place, file


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Where a module imports from in the package, within functions and for types too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "sweep":
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sweep."):
            yield node.lineno, str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            yield from ((node.lineno, name[1]) for name in names if name[0] == "sweep" and name[1:])


def test_every_room_is_listed() -> None:
    listed = [name for names in ORDER for name in names]
    assert sorted(listed) == sorted({place for place, _ in modules()})


def test_a_room_imports_only_from_those_before_it() -> None:
    rank = {name: i for i, names in enumerate(ORDER) for name in names}
    upward = [
        f"{file.relative_to(ROOT)}:{line} imports from {other}"
        for place, file in modules()
        for line, other in imported(file)
        if other != place and rank[place] <= rank[other] and not {place, other} <= set(GROUND)
    ]
    assert upward == []


def test_no_module_is_too_long_to_be_read_at_a_sitting() -> None:
    lengths = {file: len(file.read_text().splitlines()) for _, file in modules()}
    assert {str(file) for file, length in lengths.items() if length > MOST_LINES} == set()
    assert lengths[ROOT / "sweep/flow/loop.py"] <= MOST_LINES_OF_THE_LOOP
