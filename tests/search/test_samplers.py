"""Samplers by name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import optuna
import pytest
from optuna.samplers import PartialFixedSampler, RandomSampler
from optuna.storages import RDBStorage

from sweep.errors import StorageError, UsageError
from sweep.search.samplers import SAMPLERS, make_sampler
from sweep.search.tpe import IncrementalTPESampler


def draws(seed: int) -> list[float]:
    study = optuna.create_study(sampler=make_sampler("random", seed, {}))
    return [study.ask().suggest_float("x", 0, 1) for _ in range(3)]


def test_every_name_is_one_of_optunas_samplers() -> None:
    assert all(hasattr(optuna.samplers, name) for name in SAMPLERS.values())


def test_the_default_is_tpe_that_keeps_what_it_has_read() -> None:
    assert isinstance(make_sampler(None, 0, {}), IncrementalTPESampler)


def test_the_seed_decides_what_is_drawn() -> None:
    assert draws(1) == draws(1) != draws(2)


def test_an_optuna_sampler_is_taken_as_it_is() -> None:
    sampler = RandomSampler()
    assert make_sampler(sampler, 0, {}) is sampler


def test_fixed_params_hold_for_an_optuna_sampler_too() -> None:
    sampler = make_sampler(RandomSampler(), 0, {"x": 0.5})
    assert isinstance(sampler, PartialFixedSampler)
    assert optuna.create_study(sampler=sampler).ask().suggest_float("x", 0, 1) == 0.5


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError) as raised:
        make_sampler("best", 0, {})
    assert str(raised.value) == (
        "There is no sampler 'best'; there are tpe, gp, cmaes, random, grid, qmc, nsgaii."
    )


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed")
def test_a_sampler_whose_package_is_missing_says_what_to_install() -> None:
    pytest.importorskip("scipy")
    with pytest.raises(UsageError) as raised:
        make_sampler("gp", 0, {})
    assert str(raised.value) == (
        "The sampler 'gp' needs the package 'torch', which is not installed: pip install torch"
    )


def cmaes_study(storage: RDBStorage) -> optuna.Study:
    """A study whose CMA-ES sampler has a state that it takes up from the database."""
    sampler = make_sampler("cmaes", 0, {})
    study = optuna.create_study(
        storage=storage, study_name="study", sampler=sampler, load_if_exists=True
    )
    study.optimize(
        lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1) ** 2, n_trials=12
    )
    return study


def test_cmaes_goes_on_from_its_state_in_the_database(tmp_path: Path) -> None:
    pytest.importorskip("cmaes")
    storage = RDBStorage(f"sqlite:///{tmp_path}/studies.db")
    first = _generations(cmaes_study(storage))
    assert max(_generations(cmaes_study(storage))) > max(first) > 0


def test_cmaes_runs_nothing_that_somebody_has_written_into_its_state(tmp_path: Path) -> None:
    pytest.importorskip("cmaes")
    storage = RDBStorage(f"sqlite:///{tmp_path}/studies.db")
    study = cmaes_study(storage)
    trace = tmp_path / "was here"
    evil = f"cposix\nsystem\n(S'touch \"{trace}\"'\ntR.".encode().hex()
    trial = study.ask()
    storage.set_trial_system_attr(trial._trial_id, "cma:generation", 99)
    storage.set_trial_system_attr(trial._trial_id, "cma:optimizer:0", evil)
    trial.suggest_float("x", 0, 1)
    trial.suggest_float("y", 0, 1)
    study.tell(trial, 0.0)
    with pytest.raises(StorageError) as raised:
        cmaes_study(storage)
    assert "The study's CMA-ES state names posix.system" in str(raised.value)
    assert not trace.exists()


def _generations(study: optuna.Study) -> list[int]:
    return [trial.system_attrs.get("cma:generation", 0) for trial in study.trials]
