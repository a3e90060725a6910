"""The unfinished trials that a sweep keeps in memory are those in the SQLite database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial

from sweep.storage.database import open_for_sweep
from sweep.storage.sweep_storage import SweepStorage


@pytest.fixture
def storage(tmp_path: Path) -> SweepStorage:
    return open_for_sweep(f"sqlite:///{tmp_path}/studies.db")


def other(storage: SweepStorage) -> RDBStorage:
    """The same database, as another process has it."""
    return RDBStorage(storage.engine.url.render_as_string(hide_password=False))


@contextmanager
def statements(storage: SweepStorage) -> Iterator[list[str]]:
    """What the block has the database do."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement.split()[0])

    sqlalchemy.event.listen(storage.engine, "before_cursor_execute", note)
    yield said
    sqlalchemy.event.remove(storage.engine, "before_cursor_execute", note)


def change(storage: RDBStorage, trial_id: int, chance: random.Random) -> None:
    """Writes something of an unfinished trial."""
    key = chance.choice("ab")
    match chance.randrange(6):
        case 0:
            storage.set_trial_user_attr(trial_id, key, {"n": [chance.random(), (1, 2)]})
        case 1:
            storage.set_trial_system_attr(trial_id, key, chance.random())
        case 2:
            value = chance.choice([chance.random(), float("inf"), -float("inf")])
            storage.set_trial_intermediate_value(trial_id, chance.randrange(3), value)
        case 3:
            choices: tuple[Any, ...] = ("x", None, 0.5)
            storage.set_trial_param(trial_id, "c", 2.0, CategoricalDistribution(choices))
            storage.set_trial_param(trial_id, "n", chance.randrange(9), IntDistribution(0, 8))
        case 4:
            storage.set_trial_state_values(trial_id, TrialState.WAITING)
            storage.set_trial_state_values(trial_id, TrialState.RUNNING)
        case 5:
            state = chance.choice([TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL])
            values = None if state is TrialState.FAIL else [chance.choice([0.5, float("inf")])]
            storage.set_trial_state_values(trial_id, state, values)


@pytest.mark.parametrize("seed", range(3))
def test_trials_are_as_the_database_has_them_whoever_writes(
    storage: SweepStorage, seed: int
) -> None:
    chance = random.Random(seed)
    study = optuna.create_study(storage=storage)
    theirs = other(storage)
    for _ in range(60):
        writer = theirs if chance.random() < 0.2 else storage
        if (what := chance.random()) < 0.3:
            writer.create_new_trial(study._study_id)
        elif what < 0.35:
            enqueued = create_trial(state=TrialState.WAITING, user_attrs={"e": 1})
            writer.create_new_trial(study._study_id, enqueued)
        running = [t for t in study.get_trials(deepcopy=False) if t.state is TrialState.RUNNING]
        if running:
            change(writer, chance.choice(running)._trial_id, chance)
        expected = theirs.get_all_trials(study._study_id)
        assert study.get_trials() == expected
        assert [storage.get_trial(trial._trial_id) for trial in expected] == expected


def test_a_trial_is_read_no_more_while_only_the_sweep_writes(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    space: dict[str, BaseDistribution] = {"n": IntDistribution(0, 8)}
    study.tell(study.ask(space), 0.5)
    study.get_trials()
    with statements(storage) as said:
        trial = study.ask(space)
        trial.set_user_attr("a", 1)
        trial.report(0.5, 1)
        study.get_trials()
        study.tell(trial, 0.5)
        assert [each.user_attrs for each in study.get_trials()] == [{}, {"a": 1}]
    assert said.count("SELECT") == 1  # the number of the new trial


def test_a_reader_cannot_change_what_is_remembered(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    trial_id = study.ask()._trial_id
    study.get_trials()
    storage.get_trial(trial_id).user_attrs["a"] = 1

    assert storage.get_trial(trial_id).user_attrs == {}
