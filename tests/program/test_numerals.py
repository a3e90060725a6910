"""Numbers as they are typed."""

from __future__ import annotations

import pytest

from sweep.program.numerals import number, numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("-12", -12), ("+5", 5), ("1.0", 1.0), (".5", 0.5), ("-1e-5", -1e-5), ("2.E3", 2e3)],
)
def test_a_number_has_the_type_that_it_is_written_in(text: str, value: float) -> None:
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["", "a", "1_000", "0x10", "007", "00.5", "nan", "inf", "1e999", "1 2", ".", "٣"]
)
def test_what_is_no_plain_number_stays_text(text: str) -> None:
    assert number(text) is None


def test_numbers_are_whole_only_where_all_are_written_so() -> None:
    assert repr(numbers(["1", "2"])) == "[1, 2]"
    assert repr(numbers(["1", "2.5"])) == "[1.0, 2.5]"
    assert numbers(["1", "two"]) is None
