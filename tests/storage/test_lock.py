"""Turns of processes at a study of a server database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from optuna import Study
from optuna.samplers import RandomSampler
from optuna.trial import FrozenTrial
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from sweep.storage import lock
from sweep.storage.lock import turn
from tests import standin


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = sqlalchemy.create_engine(postgres_url)
    yield engine
    engine.dispose()


def test_a_turn_is_not_waited_for_without_end(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "SECONDS_TO_WAIT_FOR_A_TURN", 1)
    with (
        turn(engine, "study"),
        pytest.raises(OperationalError, match="lock timeout"),
        turn(engine, "study"),
    ):
        raise AssertionError("two turns at once")


def test_studies_have_turns_of_their_own(engine: Engine) -> None:
    with turn(engine, "study"), turn(engine, "other"):
        pass


def test_a_turn_ends_with_an_error_too(engine: Engine) -> None:
    with pytest.raises(KeyError), turn(engine, "study"):
        raise KeyError
    with turn(engine, "study"):
        pass


def test_a_trial_is_asked_for_in_the_sweeps_turn(
    engine: Engine, postgres_url: str, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []

    class Rival(RandomSampler):
        def before_trial(self, study: Study, trial: FrozenTrial) -> None:
            with pytest.raises(OperationalError), turn(engine, "study"):
                turns.append("the rival's")

    monkeypatch.setattr(lock, "SECONDS_TO_WAIT_FOR_A_TURN", 1)
    study = standin.sweep(
        standin.study_of(), results, n_trials=1, n_jobs=1, storage=postgres_url, sampler=Rival()
    )
    assert (len(study.trials), turns) == (1, [])
