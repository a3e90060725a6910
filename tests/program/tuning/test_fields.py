"""The fields of a tuning file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.errors import StudyError, UsageError
from sweep.program.tuning.fields import Field, read_fields


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fields_of(text: str, file: str = "a.yaml") -> Field:
    Path(file).write_text(text)
    return read_fields(Path(file))


def value_of(text: str) -> Field:
    return fields_of(f"\nx: {text}").section().require("x")


@pytest.mark.parametrize(
    ("text", "read", "value"),
    [
        ("0.1", Field.number, 0.1),
        ('"0.1"', Field.number, 0.1),
        ("1e-5", Field.number, 1e-5),
        ("8", Field.number, 8),
        ("8.0", Field.whole_number, 8),
        ('"8"', Field.whole_number, 8),
        ("TRUE", Field.truth, True),
        ("off", Field.truth, False),
        ("on", Field.text, "on"),
        ("1e-5", Field.text, "1e-5"),
        ('"64,32"', Field.text, "64,32"),
    ],
)
def test_a_value_is_read_for_what_it_is_wanted_as(
    text: str, read: Callable[[Field], Any], value: Any
) -> None:
    found = read(value_of(text))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "read", "message"),
    [
        ("low", Field.number, "is 'low', but must be a number"),
        (".inf", Field.number, "is .inf, but must be a number"),
        ("[1, 2]", Field.number, "is [1, 2], but must be a number"),
        ("1.5", Field.whole_number, "is 1.5, but must be a whole number"),
        ("no", Field.number, "is no, but must be a number"),
        ("2", Field.truth, "is 2, but must be true or false"),
        ('""', Field.text, "is '', but must be a text"),
        ("{a: {b: {c: {d: 1}}}}", Field.items, "is {a: {b: {c: …}}}, but must be a list that "),
        ("{a: [[[1]]]}", Field.items, "is {a: [[…]]}, but must be a list that is not empty"),
        ("[]", Field.items, "is [], but must be a list that is not empty"),
        ("5", Field.section, "is 5, but must be a mapping of names to values"),
    ],
)
def test_another_value_is_refused_with_its_line_and_what_it_must_be(
    text: str, read: Callable[[Field], Any], message: str
) -> None:
    with pytest.raises(StudyError) as raised:
        read(value_of(text))
    assert str(raised.value).startswith(f"a.yaml, line 2: x {message}")


def test_a_count_below_the_least_is_refused() -> None:
    with pytest.raises(StudyError) as raised:
        value_of("0").whole_number(1)
    assert str(raised.value) == (
        "a.yaml, line 2: x is 0, but must be a whole number of at least 1."
    )


def test_a_word_is_one_of_those_that_have_a_meaning() -> None:
    assert value_of("UP").one_of({"UP": 1, "DOWN": 2}) == 1
    with pytest.raises(StudyError) as raised:
        value_of("up").one_of({"UP": 1, "DOWN": 2})
    assert str(raised.value) == "a.yaml, line 2: x is 'up', but must be one of UP, DOWN."


def test_a_field_is_named_by_its_path_as_written() -> None:
    (_, second) = fields_of("a_b:\n- {}\n- c: 1\n").section().require("aB").items()
    with pytest.raises(StudyError) as raised:
        second.section().require("d")
    assert str(raised.value) == "a.yaml, line 3: a_b[1] has no field d: add it."
    assert second.section().require("c").path == "a_b[1].c"


def test_what_nobody_takes_is_told_of_and_a_null_is_left_out() -> None:
    whole = fields_of("a: 1\nb: null\nc:\nd: [2, 3]\ne: 4\n")
    section = whole.section()
    assert section.take("a") is not None
    assert section.take("b") is None
    section.pass_over("e", "f")
    section.close()
    assert whole.notices == [
        "a.yaml, line 4: d is [2, 3]: it has no meaning for a sweep and is ignored."
    ]


def test_a_long_value_is_shortened() -> None:
    numbers = ", ".join(map(str, range(100)))
    assert len(value_of(f"[{numbers}]").written) <= 80


@pytest.mark.parametrize("text", ["a_b: 1\naB: 2\n", "aB: 1\naB: 2\n"])
def test_a_field_that_is_given_twice_is_refused(text: str) -> None:
    with pytest.raises(StudyError) as raised:
        fields_of(text).section()
    assert str(raised.value) == "a.yaml, line 2: aB is given twice: leave one out."


def test_fields_from_elsewhere_are_refused() -> None:
    with pytest.raises(StudyError) as raised:
        fields_of("a: &a {b: 1}\nc:\n  <<: *a\n").section().require("c").section()
    assert str(raised.value) == (
        "a.yaml, line 3: c.<< merges fields from elsewhere, which sweep does not read: "
        "write them out."
    )


def test_an_alias_is_what_it_stands_for() -> None:
    section = fields_of("a: &low 5\nb: *low\n").section()
    found = section.require("b")
    assert (found.number(), found.place) == (5, "a.yaml, line 2: b")


def test_a_wrong_flag_is_told_of_with_its_place() -> None:
    with pytest.raises(StudyError) as raised, value_of("seed").blamed():
        raise UsageError("It is reserved.")
    assert str(raised.value) == "a.yaml, line 2: x: It is reserved."


def test_json_is_read_with_tabs_between_its_tokens() -> None:
    section = fields_of('{\n\t"a": "b",\n\t"c":\t[1]\n}', "a.json").section()
    assert section.names == ["a", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1", "line 1 is neither YAML nor JSON: expected ',' or ']', but got '<stream end>'"),
        (b"a: 1\n---\nb: 2\n", "line 2 is neither YAML nor JSON: but found another document"),
        (b"a: \x07", "is neither YAML nor JSON: unacceptable character #x0007: special characters"),
    ],
)
def test_what_is_no_yaml_is_refused_with_the_line(content: bytes, message: str) -> None:
    Path("a.yaml").write_bytes(content)
    with pytest.raises(StudyError) as raised:
        read_fields(Path("a.yaml"))
    between = ", " if message.startswith("line") else " "
    assert str(raised.value).startswith(f"The tuning file a.yaml{between}{message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The tuning file a.yaml is empty."),
        (b"# nothing\n", "The tuning file a.yaml is empty."),
        (b"\xff\xfe\xff", "The tuning file a.yaml is not text in UTF-8: save it as UTF-8."),
    ],
)
def test_a_file_without_content_is_refused(content: bytes, message: str) -> None:
    Path("a.yaml").write_bytes(content)
    with pytest.raises(StudyError) as raised:
        read_fields(Path("a.yaml"))
    assert str(raised.value) == message


def test_a_file_that_cannot_be_opened_is_refused() -> None:
    with pytest.raises(StudyError) as raised:
        read_fields(Path("b.yaml"))
    assert str(raised.value) == "There is no tuning file b.yaml."
    Path("c.yaml").mkdir()
    with pytest.raises(StudyError) as raised:
        read_fields(Path("c.yaml"))
    assert str(raised.value) == "The tuning file c.yaml cannot be read: Is a directory."
