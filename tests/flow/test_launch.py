"""`sweep.run`: its keywords, as an editor, mypy and help() see them."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields

import sweep
from sweep.flow.options import Options

KEYWORDS = {
    name: parameter
    for name, parameter in inspect.signature(sweep.run).parameters.items()
    if name not in ("study", "listener")
}


def test_run_takes_every_option_by_name_with_its_default() -> None:
    defaults = {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(Options)
    }
    assert {name: parameter.default for name, parameter in KEYWORDS.items()} == defaults
    assert {parameter.kind for parameter in KEYWORDS.values()} == {inspect.Parameter.KEYWORD_ONLY}


def test_every_keyword_of_run_is_typed_and_explained() -> None:
    explained = inspect.getdoc(sweep.run) or ""
    for name, parameter in KEYWORDS.items():
        assert parameter.annotation is not inspect.Parameter.empty
        assert f"\n    {name}: " in explained
