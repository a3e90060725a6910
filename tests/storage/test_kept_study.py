"""What a study was swept with, as a command finds it before it creates anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sweep.schedule.rungs import Rungs
from sweep.storage.kept_study import KeptStudy, read_kept_study
from sweep.storage.study import AskedStudy
from sweep.storage.url import storage_url

Sweep = Callable[..., AskedStudy]


def test_a_study_is_found_with_what_it_keeps(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=2, name="other", seed=5)
    study = sweep(n_trials=3, scheduler=Rungs(2, 3))
    kept = read_kept_study(storage_url(results), "study")
    assert kept == KeptStudy(study.user_attrs, len(study.trials))
    assert kept.attrs["seed"] == 1


def test_a_study_that_the_database_lacks_has_nothing(sweep: Sweep, results: Path) -> None:
    sweep(n_trials=1, name="other")
    assert read_kept_study(storage_url(results), "study") == KeptStudy()


def test_a_database_that_is_missing_has_nothing_and_is_not_made(results: Path) -> None:
    assert read_kept_study(storage_url(results), "study") == KeptStudy()
    assert not results.exists()


def test_a_server_is_read_as_well(sweep: Sweep, postgres_url: str) -> None:
    assert read_kept_study(postgres_url, "study") == KeptStudy()
    study = sweep(n_trials=2, storage=postgres_url)
    assert read_kept_study(postgres_url, "study") == KeptStudy(study.user_attrs, 2)
