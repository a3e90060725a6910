"""Everything that a trial says can be stored and shown."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sweep.trial.failures import failure_by
from sweep.trial.outcome import Cause, Failure, Outcome
from sweep.trial.reporter import Reporter, as_json
from sweep.trial.text import storable
from tests.trial.attempts import Listening

pytestmark = pytest.mark.tensorflow

ODD = "日本\n\x1b[31mred\x00nul \ud800"
EVEN = r"日本 \x1b[31mred\x00nul \ud800"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("as it is: é, 日本 and 'quoted' \\d", "as it is: é, 日本 and 'quoted' \\d"),
        (ODD, EVEN),
        ("two\n  lines\t", "two lines"),
        ("y" * 500, "y" * 500),
        ("y" * 501, "y" * 499 + "…"),
        pytest.param("y" * 10**7, "y" * 499 + "…", id="very long"),
        ("\x00" * 500, (r"\x00" * 500)[:499] + "…"),
    ],
)
def test_text_becomes_one_line_that_can_be_stored(text: str, line: str) -> None:
    assert storable(text) == line
    assert storable(line) == line
    line.encode()


def test_a_failure_can_be_stored_whoever_made_it() -> None:
    failure = Outcome.failed(Cause.STUDY, ODD).failure
    assert failure == Failure.from_text(str(failure)) == Failure(Cause.STUDY, EVEN)
    assert len(str(Failure(Cause.STUDY, "y" * 10**7))) < 3000


@pytest.mark.parametrize(
    ("metric", "stored"),
    [
        (np.float32(0.5), 0.5),
        (np.array(7), 7),
        (np.bool_(True), True),
        (ODD, EVEN),
        (b"hi\xff", r"b'hi\xff'"),
        (np.ones(3, "float32"), "array([1., 1., 1.], dtype=float32)"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
    ],
)
def test_a_metric_is_a_number_or_one_line(metric: object, stored: object) -> None:
    assert as_json(metric) == stored


LARGE = {"bytes": b"\x00" * 10**7, "text": "y" * 10**7, "array": np.ones((300, 300))}


@pytest.mark.parametrize("metric", LARGE.values(), ids=LARGE)
def test_a_large_metric_is_cut(metric: object) -> None:
    assert len(as_json(metric)) <= 200


def test_an_evaluation_with_odd_names_and_values_can_be_stored() -> None:
    reporter = Reporter(Listening())
    reporter.on_evaluation(10, {ODD: ODD, "n" * 10**6: 1.0}, n_batches=1)
    assert reporter.last_metrics == {EVEN: EVEN, "n" * 199 + "…": 1.0}
    json.dumps(reporter.evaluations).encode()


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise KeyError


def test_an_exception_whose_text_raises_has_a_name_at_least() -> None:
    words = "Unspeakable: (its text raises KeyError)"
    assert failure_by(Unspeakable()) == Failure(Cause.EXCEPTION, words)
