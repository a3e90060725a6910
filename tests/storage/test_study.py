"""The Optuna study that a sweep adds trials to."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import StorageError
from sweep.storage.database import open_for_sweep
from sweep.storage.opening import open_study
from sweep.storage.sweep_storage import SweepStorage
from tests.standin import search_space, study_of


@pytest.fixture
def storage(tmp_path: Path) -> SweepStorage:
    return open_for_sweep(f"sqlite:///{tmp_path}/studies.db")


def test_a_new_study_has_the_metrics_the_directions_and_the_seed(storage: SweepStorage) -> None:
    spec = study_of(metric=("score", "cost"), direction=("maximize", "minimize"))
    open_study(storage, "new", spec, seed=5)
    study = optuna.load_study(study_name="new", storage=storage)
    assert study.metric_names == ["score", "cost"]
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.user_attrs == {"seed": 5}


def test_a_study_keeps_its_seed(storage: SweepStorage) -> None:
    open_study(storage, "study", study_of(), seed=5)
    assert open_study(storage, "study", study_of(), seed=7).user_attrs["seed"] == 5


def test_a_trial_put_back_is_asked_for_next_with_its_params(storage: SweepStorage) -> None:
    study = open_study(storage, "study", study_of(), seed=1)
    params = search_space(study.ask())
    assert study.put_back(0).state is TrialState.WAITING
    again = study.ask()
    assert again.number == 0
    assert search_space(again) == params
    assert [trial.state for trial in study.trials] == [TrialState.RUNNING]


class AsksTheOthers(optuna.pruners.BasePruner):
    """Prunes as soon as any trial has reported."""

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        return any(known.intermediate_values for known in study.get_trials(deepcopy=False))


def test_a_pruner_sees_what_others_reported_since_the_trial_got_its_params(
    storage: SweepStorage,
) -> None:
    study = open_study(storage, "study", study_of(), seed=1)
    study.pruner = AsksTheOthers()
    first, second = study.ask(), study.ask()
    with study.sampling():
        second.suggest_float("x", 0, 1)
    assert not study.should_prune(second)
    first.report(0.5, step=1)
    assert study.should_prune(second)


def test_a_study_made_with_optuna_alone_is_taken_up(storage: SweepStorage) -> None:
    theirs = optuna.create_study(storage=storage, study_name="theirs", direction="maximize")
    theirs.optimize(lambda trial: search_space(trial)["x"], n_trials=2)
    ours = open_study(storage, "theirs", study_of(), seed=1)
    assert ours.metric_names == ["score"]
    assert len(ours.trials) == 2


def test_another_objective_is_refused(storage: SweepStorage) -> None:
    open_study(storage, "study", study_of(), seed=1)
    with pytest.raises(StorageError) as raised:
        open_study(storage, "study", study_of(metric="loss", direction="minimize"), seed=1)
    assert str(raised.value) == (
        "Study 'study' in the database is to maximize score, but the study file says "
        "minimize loss: change the file back, or start another study with --name, and use "
        "--from study for the trials that fit."
    )


def test_a_study_that_is_refused_is_left_as_it_is(storage: SweepStorage) -> None:
    theirs = optuna.create_study(storage=storage, study_name="theirs", direction="minimize")
    with pytest.raises(StorageError):
        open_study(storage, "theirs", study_of(), seed=1)
    assert theirs.metric_names is None


def test_an_unnamed_objective_too_many_is_refused(storage: SweepStorage) -> None:
    optuna.create_study(storage=storage, study_name="theirs", directions=["maximize", "minimize"])
    with pytest.raises(StorageError):
        open_study(storage, "theirs", study_of(), seed=1)
