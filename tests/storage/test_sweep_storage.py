"""Trials read and written in few statements are the same as Optuna reads and writes them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial

from sweep.storage.database import open_for_sweep
from sweep.storage.sweep_storage import SweepStorage
from tests.standin import search_space


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> SweepStorage:
    if request.param == "sqlite":
        return open_for_sweep(f"sqlite:///{tmp_path}/studies.db")
    return open_for_sweep(request.getfixturevalue("postgres_url"))


def optunas(storage: SweepStorage) -> RDBStorage:
    """Optuna's own storage on the same database."""
    return RDBStorage(storage.engine.url.render_as_string(hide_password=False))


@contextmanager
def counted_writes(storage: SweepStorage) -> Iterator[list[int]]:
    """How many rows are there, as another connection sees it, after each commit of the block."""
    seen: list[int] = []
    other = sqlalchemy.create_engine(storage.engine.url)

    def look(_connection: Any) -> None:
        with other.connect() as connection:
            tables = ("trial_params", "trial_user_attributes", "trial_system_attributes")
            counts = [f"(SELECT count(*) FROM {table})" for table in tables]
            seen.append(connection.scalar(sqlalchemy.text(f"SELECT {' + '.join(counts)}")) or 0)

    sqlalchemy.event.listen(storage.engine, "commit", look)
    yield seen
    sqlalchemy.event.remove(storage.engine, "commit", look)
    with storage.engine.begin():
        look(None)


def changed(
    study: optuna.Study, changing: RDBStorage, before: TrialState, after: TrialState
) -> tuple[Any, ...]:
    """What comes of changing the state of a new trial, as Optuna has it then."""
    began = datetime.now()
    given, values = (
        [1.5, math.inf] if state is TrialState.COMPLETE else None for state in (before, after)
    )
    study.add_trial(create_trial(state=before, values=given))
    trial_id = study.get_trials()[-1]._trial_id
    try:
        answer: Any = changing.set_trial_state_values(trial_id, after, values)
    except UpdateFinishedTrialError as error:
        answer = type(error)
    trial = study._storage.get_trial(trial_id)
    times = [time and time >= began for time in (trial.datetime_start, trial.datetime_complete)]
    return answer, trial.state, trial.values, times


def test_a_trial_changes_its_state_as_optuna_changes_it(storage: SweepStorage) -> None:
    theirs = optunas(storage)
    study = optuna.create_study(storage=theirs, directions=["minimize", "maximize"])
    for before, after in itertools.product(TrialState, TrialState):
        assert changed(study, storage, before, after) == changed(study, theirs, before, after)


def test_an_unknown_trial_has_no_state_to_change(storage: SweepStorage) -> None:
    for changing in (storage, optunas(storage)):
        with pytest.raises(KeyError, match="Record does not exist"):
            changing.set_trial_state_values(99, TrialState.FAIL)


def test_trials_are_read_as_optuna_reads_them(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=optunas(storage), directions=["minimize", "maximize"])
    study.optimize(lambda trial: (search_space(trial)["x"], math.inf), n_trials=3)
    study.enqueue_trial({"x": 0.5}, user_attrs={"why": ["for", {"a": None}]})
    study.ask()
    study.add_trial(create_trial(state=TrialState.FAIL, user_attrs={"failure": "nan loss"}))
    single = optuna.create_study(storage=optunas(storage))
    kind = CategoricalDistribution([None, "relu", 0.5])
    single.add_trial(
        create_trial(
            value=-math.inf,
            params={"kind": None},
            distributions={"kind": kind},
            intermediate_values={1: math.nan, 2: math.inf, 3: 0.25},
        )
    )
    for study_id in (study._study_id, single._study_id):
        theirs = optunas(storage).get_all_trials(study_id)
        ours = storage.get_all_trials(study_id)
        assert repr(ours) == repr(theirs)  # by repr, for a NaN is equal to nothing
        assert repr([storage.get_trial(trial._trial_id) for trial in ours]) == repr(theirs)
        failed = (TrialState.FAIL,)
        assert storage.get_all_trials(study_id, states=failed) == [
            trial for trial in theirs if trial.state in failed
        ]
        assert storage.get_n_trials(study_id) == len(theirs)
        assert storage.get_n_trials(study_id, failed) == len(failed) * (len(theirs) > 1)


def test_many_trials_are_read_as_few_are(
    storage: SweepStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = optuna.create_study(storage=optunas(storage))
    other = optuna.create_study(storage=optunas(storage))
    for each in (study, other, study):
        each.optimize(lambda trial: search_space(trial)["x"], n_trials=3)
    few = storage.get_all_trials(study._study_id)
    monkeypatch.setattr("sweep.storage.rows._MOST_IDS", 2)
    assert storage.get_all_trials(study._study_id) == few
    assert len(few) == 6


def test_what_is_recorded_is_one_transaction_that_optuna_reads(storage: SweepStorage) -> None:
    trial = optuna.create_study(storage=storage).ask()
    with counted_writes(storage) as seen:
        storage.record(trial._trial_id, {"a": 1, "b": [2]}, {"c": {"d": None}}, {10: math.nan})
    assert set(seen) == {0, 3}
    storage.record(trial._trial_id, {"a": "other", "e": 5}, intermediate_values={10: 1.5, 20: 2})
    known = optunas(storage).get_trial(trial._trial_id)
    assert known.user_attrs == {"a": "other", "b": [2], "e": 5}
    assert known.system_attrs == {"c": {"d": None}}
    assert known.intermediate_values == {10: 1.5, 20: 2.0}


def test_a_finished_trial_is_not_changed(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    study.optimize(lambda trial: 0.0, n_trials=1)
    (trial,) = study.trials
    with pytest.raises(UpdateFinishedTrialError):
        storage.record(trial._trial_id, {"a": 1})
    with pytest.raises(KeyError):
        storage.record(trial._trial_id + 1, {"a": 1})
    assert study.trials == [trial]


def test_params_suggested_at_once_are_one_transaction(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    search_space(study.ask())
    trial = study.ask()
    with counted_writes(storage) as seen, storage.params_at_once():
        suggested = search_space(trial)
    assert set(seen) == {4, 8}
    known = optunas(storage).get_trial(trial._trial_id)
    assert list(known.params.items()) == list(suggested.items())
    assert known == storage.get_trial(trial._trial_id)


def test_params_suggested_at_once_keep_their_order_when_one_is_new(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    search_space(study.ask())
    trial = study.ask()
    with storage.params_at_once():
        trial.suggest_float("rate", 1e-4, 1e-1, log=True)
        trial.suggest_int("new", 0, 1)
        trial.suggest_float("x", 0, 1)
    assert list(storage.get_trial(trial._trial_id).params) == ["rate", "new", "x"]


def test_a_param_suggested_at_once_must_fit_those_before(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    search_space(study.ask())
    trial = study.ask()
    with storage.params_at_once():
        trial.suggest_float("rate", 1e-4, 1e-1, log=True)
        with pytest.raises(ValueError, match="different distribution kind"):
            trial.suggest_categorical("x", [0, 1])
    assert list(storage.get_trial(trial._trial_id).params) == ["rate"]


def test_params_of_a_trial_that_another_has_told_are_left_out(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    search_space(study.ask())
    trial = study.ask()
    with storage.params_at_once():
        search_space(trial)
        study.tell(trial, state=TrialState.FAIL)
    assert storage.get_trial(trial._trial_id).params == {}


def test_equal_distributions_are_one_object(storage: SweepStorage) -> None:
    study = optuna.create_study(storage=storage)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    one, other = (trial.distributions["x"] for trial in storage.get_all_trials(study._study_id))
    assert one is other
    assert one == FloatDistribution(0, 1)


def test_trouble_with_the_database_is_optunas_error(tmp_path: Path) -> None:
    storage = open_for_sweep(f"sqlite:///{tmp_path}/studies.db")
    with storage.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE trials"))
    with pytest.raises(StorageInternalError):
        storage.get_trial(1)
