"""The names of attributes in a study are in one module, and no other module spells them out."""

from __future__ import annotations

import ast
from pathlib import Path

from sweep import attrs
from tests.running import ROOT

NAMES = {value for name, value in vars(attrs).items() if name.isupper() and isinstance(value, str)}
OTHERS = {
    *("seed", "scheduler", "host", "failure", "max_steps", "continues", "configuration"),
    *("model_dir", "repeats", "duplicates", "cluster", "constraints"),
}
"""Words that mean something else too: a column's heading, a key of params.json, a field."""


def spelt_out(file: Path) -> set[str]:
    constants = (
        n.value for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Constant)
    )
    return {text for text in constants if text in NAMES - OTHERS}


def test_no_module_spells_the_name_of_an_attribute_out() -> None:
    files = [file for file in (ROOT / "sweep").rglob("*.py") if file.name != "attrs.py"]
    found = {str(file.relative_to(ROOT)): names for file in files if (names := spelt_out(file))}
    assert found == {}
