"""How single values are written for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweep.results import format


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456789, "0.12346"),
        (1.23456789e-8, "1.235e-08"),
        (123456.7, "1.235e+05"),
        (2.0, "2"),
        (10**9, "1000000000"),
        (True, "True"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        ("relu", "relu"),
    ],
)
def test_a_number_has_at_most_five_digits(value: Any, text: str) -> None:
    assert format.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.25, "4.2 s"), (59.94, "59.9 s"), (200, "3 min 20 s"), (7530, "2 h 5 min")],
)
def test_a_duration_is_told_in_two_units_at_most(seconds: float, text: str) -> None:
    assert format.duration(seconds) == text


@pytest.mark.parametrize(("n_bytes", "text"), [(999, "999 B"), (12_345_678, "12.3 MB")])
def test_a_size_is_told_in_powers_of_a_thousand(n_bytes: int, text: str) -> None:
    assert format.size(n_bytes) == text


def test_a_path_is_told_from_the_working_directory_where_it_lies_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert format.path(tmp_path / "results") == "results"
    assert format.path(tmp_path.parent) == str(tmp_path.parent)
