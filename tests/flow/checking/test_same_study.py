"""A study that was started before, compared with what its file declares now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep.errors import SweepError
from sweep.flow.checking.same_study import check_same
from sweep.folder.layout import StudyFolder
from sweep.storage.kept_study import read_kept_study
from sweep.storage.url import storage_url
from sweep.study.spec import StudySpec


def spec_of(high: float = 1.0, **fields: Any) -> StudySpec:
    fields = {"metric": "loss", "direction": "minimize", **fields}
    return StudySpec(
        search_space=lambda trial: {"rate": trial.suggest_float("rate", 0.0, high)},
        build=lambda params, config: None,  # type: ignore[arg-type,return-value]
        **fields,
    )


@pytest.fixture
def url(results: Path) -> str:
    """A database with a study of one trial."""
    results.mkdir()
    url = storage_url(results)
    study = optuna.create_study(storage=url, study_name="study")
    study.ask().suggest_float("rate", 0.0, 1.0)
    return url


def check(url: str, results: Path, spec: StudySpec, name: str = "study") -> None:
    check_same(url, StudyFolder(results, name), spec, read_kept_study(url, name))


def test_a_study_that_is_new_or_the_same_is_let_pass(url: str, results: Path) -> None:
    check(url, results, spec_of())
    check(url, results, spec_of(2.0), "another")


def test_another_range_is_refused(url: str, results: Path) -> None:
    with pytest.raises(SweepError, match=r"rate was a number from 0.0 to 1.0 and is now a number"):
        check(url, results, spec_of(2.0))


def test_another_direction_is_refused(url: str, results: Path) -> None:
    with pytest.raises(SweepError, match="but the study file says maximize loss"):
        check(url, results, spec_of(direction="maximize"))


def test_a_folder_of_a_trial_that_the_study_does_not_have_is_refused(
    url: str, results: Path
) -> None:
    StudyFolder(results, "study").trial(1).folder.mkdir(parents=True)
    with pytest.raises(SweepError, match="holds the folder of trial 1"):
        check(url, results, spec_of())
