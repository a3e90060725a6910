"""Which flags a program declares, read without running it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from sweep.program.flags import DeclaredFlag, declared_flags
from sweep.program.sources import read_sources
from tests.running import ROOT

PROGRAMS = ROOT / "tests/programs"


def flags_of(folder: Path, code: str) -> Sequence[DeclaredFlag]:
    file = folder / "task.py"
    file.write_text(dedent(code))
    return declared_flags(read_sources(file, folder))


@pytest.mark.parametrize(
    ("call", "flag"),
    [
        (
            "add_argument('--batch-size', '-b', type=int, default=64, help='in a step')",
            DeclaredFlag(("--batch-size", "-b"), int, 64, help="in a step"),
        ),
        (
            "add_argument('--files', nargs='+', required=True)",
            DeclaredFlag(("--files",), is_required=True, takes_several=True),
        ),
        (
            "add_argument('--act', choices=['relu', 'elu'])",
            DeclaredFlag(("--act",), choices=("relu", "elu")),
        ),
        ("add_argument('--fast', action='store_true')", DeclaredFlag(("--fast",), is_switch=True)),
        (
            "add_argument('--fast', action=argparse.BooleanOptionalAction)",
            DeclaredFlag(("--fast",), is_switch=True, typed_off="--no-fast"),
        ),
        ("add_argument('data')", DeclaredFlag(("data",), is_required=True)),
        ("add_argument('data', nargs='?')", DeclaredFlag(("data",))),
        (
            "add_argument('--dir', default=os.getcwd())",
            DeclaredFlag(("--dir",), computed="os.getcwd()"),
        ),
        ("add_argument('--rate', type=float, default=RATE)", DeclaredFlag(("--rate",), float, 0.1)),
        ("add_argument('--fast', type=bool, default=True)", DeclaredFlag(("--fast",), None, True)),
        (
            "DEFINE_float('rate', 1e-2, 'how fast')",
            DeclaredFlag(("--rate",), float, 0.01, "", (), "how fast"),
        ),
        (
            "DEFINE_enum('act', 'relu', ['relu', 'elu'], 'which')",
            DeclaredFlag(("--act",), str, "relu", "", ("relu", "elu"), "which"),
        ),
        (
            "DEFINE_bool(name='norm', default=False, help='', required=True)",
            DeclaredFlag(("--norm",), bool, False, is_required=True),
        ),
        (
            "DEFINE_multi_integer('units', [64, 32], '')",
            DeclaredFlag(("--units",), int, computed="[64, 32]"),
        ),
    ],
)
def test_a_flag_is_known_as_it_was_declared(tmp_path: Path, call: str, flag: DeclaredFlag) -> None:
    assert flags_of(tmp_path, f"RATE = 0.1\nx.{call}\n") == (flag,)


def test_what_only_prints_and_ends_is_no_flag(tmp_path: Path) -> None:
    assert flags_of(tmp_path, "p.add_argument('--version', action='version')") == ()


def test_a_flag_may_be_marked_as_required_later(tmp_path: Path) -> None:
    code = """
        flags.DEFINE_string("data", None, "")
        flags.DEFINE_string("more", None, "")
        flags.DEFINE_string("other", None, "")
        flags.mark_flag_as_required("data")
        flags.mark_flags_as_required(["more"])
    """
    required = [flag.name for flag in flags_of(tmp_path, code) if flag.is_required]
    assert required == ["data", "more"]


def test_the_flags_of_all_modules_are_known_each_once(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("flags.DEFINE_integer('units', 8, '')\n")
    code = "import model\nflags.DEFINE_integer('steps', 8, '')\nflags.DEFINE_float('steps', 1, '')"
    found = flags_of(tmp_path, code)
    assert [(flag.name, flag.type) for flag in found] == [("steps", int), ("units", int)]
