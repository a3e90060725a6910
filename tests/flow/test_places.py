"""Where a sweep writes, whatever its study does to the working directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep.errors import UsageError
from sweep.flow.options import Options
from tests import standin
from tests.standin import study_of

ELSEWHERE = "elsewhere"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ELSEWHERE).mkdir()


def test_a_study_that_changes_the_working_directory_moves_nothing(tmp_path: Path) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        os.chdir(tmp_path / ELSEWHERE)
        return standin.search_space(trial) | {"act": "train"}

    study = standin.sweep(
        study_of(search_space=space),
        Path("results"),
        n_trials=2,
        n_jobs=1,
        storage="sqlite:///there.db",
    )
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2
    assert list((tmp_path / ELSEWHERE).iterdir()) == []
    assert (tmp_path / "there.db").exists()
    for trial in study.trials:
        folder = tmp_path / f"results/study/trial-{trial.number:04d}"
        assert trial.user_attrs["model_dir"] == str(folder / "model")
        assert (folder / "result.json").exists()


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ("sqlite:///a/b.db?timeout=3", "sqlite:///{here}/a/b.db?timeout=3"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://me:secret@host/db", "postgresql+psycopg://me:secret@host/db"),
        ("no url", "no url"),
        (None, None),
    ],
)
def test_a_file_is_named_by_its_absolute_path(
    tmp_path: Path, storage: str | None, expected: str | None
) -> None:
    options = Options(storage=storage).anchored()
    assert options.storage == (expected and expected.format(here=tmp_path))
    assert options.results == tmp_path / "results"
    assert options.anchored() == options


@pytest.mark.parametrize(
    ("name", "meant"), [("res[1]", "["), ("runs*", "*"), ("what?", "?"), ("a\\b", "\\")]
)
def test_results_where_tensorflow_would_find_no_checkpoint_are_refused_at_once(
    tmp_path: Path, name: str, meant: str
) -> None:
    with pytest.raises(UsageError) as raised:
        standin.sweep(study_of(), tmp_path / name / "below", n_trials=1)
    assert str(raised.value) == (
        f"{tmp_path}/{name}/below/study has {meant} in its path. TensorFlow would take the "
        "path for a pattern and find no checkpoint there: use --results with a folder "
        "without *, ?, [ and \\."
    )
    assert not (tmp_path / name).exists()
