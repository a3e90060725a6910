"""An evaluation without a known end is reported when it takes long."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sweep.training import observe
from sweep.trial import reporter
from sweep.trial.messages import Evaluated, Evaluating, Remarked, Upward
from tests.trial.attempts import Listening, attempt, input_fn, study, trained_on

pytestmark = pytest.mark.tensorflow

N_BATCHES = 4
"""Of the evaluation, by `trained_on`."""


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(reporter, "MANY_BATCHES", 2)
    monkeypatch.setattr(reporter, "MANY_SECONDS", 0.0)


def heard(folder: Path, kinds: Any, **eval_spec: Any) -> list[Upward]:
    channel = Listening()
    attempt(study(trained_on(input_fn, **eval_spec)), folder, channel)
    return [message for message in channel.heard if isinstance(message, kinds)]


def test_batches_are_told_of_while_an_evaluation_goes_on(tmp_path: Path) -> None:
    said = heard(tmp_path, Evaluating | Evaluated)
    assert said[:N_BATCHES] == [Evaluating(n + 1, None) for n in range(N_BATCHES)]
    assert isinstance(said[N_BATCHES], Evaluated)
    assert said[N_BATCHES + 1] == Evaluating(1, None)
    assert heard(tmp_path / "steps", Evaluating, steps=3)[2] == Evaluating(3, 3)


def test_a_long_evaluation_without_a_known_end_is_remarked_on_once(tmp_path: Path) -> None:
    (remark,) = heard(tmp_path, Remarked)
    assert isinstance(remark, Remarked)
    assert re.sub(r"in \d+ s", "in 0 s", remark.text) == (
        "'s evaluation has taken 3 batches in 0 s and is still running. "
        "EvalSpec(steps=None) takes all batches of its input_fn: if the input_fn never "
        "ends, give EvalSpec(steps=…)."
    )


def test_an_evaluation_of_so_many_steps_is_not_remarked_on(tmp_path: Path) -> None:
    assert heard(tmp_path, Remarked, steps=N_BATCHES) == []


def test_an_evaluation_of_many_batches_that_is_quick_is_not_remarked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "MANY_SECONDS", 60.0)
    assert heard(tmp_path, Remarked) == []


def test_one_that_takes_as_long_as_another_that_has_ended_is_not_remarked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slower(Listening):
        """Lets the evaluations after the first pass for long ones."""

        def send(self, message: Upward, /) -> None:
            super().send(message)
            if isinstance(message, Evaluated):
                monkeypatch.setattr(reporter, "MANY_BATCHES", 2)

    monkeypatch.setattr(reporter, "MANY_BATCHES", N_BATCHES)
    channel = Slower()
    attempt(study(trained_on(input_fn)), tmp_path, channel)
    assert [message for message in channel.heard if isinstance(message, Remarked)] == []
