"""The benchmarks' sweep in virtual time, on trainings from a formula."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
import pytest

from sweep import Rungs
from tests.running import ROOT

pytest.importorskip("sklearn")
FIXED, STEP, EVALUATION = 1.0, 0.01, 0.5


@pytest.fixture(autouse=True, scope="module")
def _benchmarks() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield


class Formula:
    """Trainings of 100 steps, evaluated every 25, which gain as much as `x` with each step."""

    n_seeds, max_steps, mean = 1, 100, 0.5

    def search_space(self, trial: optuna.Trial) -> dict[str, Any]:
        return {"x": trial.suggest_float("x", 0, 1)}

    def training(self, params: Mapping[str, Any], seed: int) -> Any:
        recorded = importlib.import_module("recorded")
        steps = np.array([25.0, 50.0, 75.0, 100.0])
        cost = recorded.Cost(FIXED, STEP, EVALUATION)
        return recorded.Training(steps, params["x"] * steps / 100, cost)

    def true_mean(self, params: Mapping[str, Any]) -> float:
        return float(params["x"])


def choices(seconds: float = 60.0, **method: Any) -> Any:
    """What a search in one slot would have chosen, with two evaluations of a whole training."""
    replayed = importlib.import_module("replayed")
    how = replayed.Method("this", **method)
    return replayed.search(Formula(), how, 1, seconds, jobs=1, every=50)


def attempt(steps: int, evaluations: int) -> float:
    """The seconds of an attempt, with its start."""
    start: float = importlib.import_module("replayed").START
    return start + FIXED + steps * STEP + evaluations * EVALUATION


def test_a_training_takes_its_steps_its_evaluations_and_its_start() -> None:
    assert choices()[0].seconds == pytest.approx(attempt(100, 2))


def test_a_leg_takes_its_own_steps_and_a_start_of_its_own() -> None:
    first = choices(scheduler=Rungs(2, 2))[0]
    assert first.seconds == pytest.approx(2 * attempt(50, 1) + attempt(50, 1))


def test_a_search_chooses_the_best_that_is_complete() -> None:
    for chosen in (choices(), choices(scheduler=Rungs(2, 4)), choices(pruner="median")):
        assert [choice.value for choice in chosen] == sorted(choice.value for choice in chosen)
        assert chosen[-1].true_mean == chosen[-1].value


def test_the_same_seed_searches_the_same_way() -> None:
    assert choices(scheduler=Rungs(2, 4), sampler="tpe") == choices(
        scheduler=Rungs(2, 4), sampler="tpe"
    )
