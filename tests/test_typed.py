"""The distribution: a complete wheel, whose types a user's mypy sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest

from sweep.program.program import Program
from sweep.study.draft.example import example
from sweep.study.draft.of_program import ProgramDraft
from tests.running import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("wheel")]

STUDY = """
    from typing import Any

    import numpy as np
    import optuna
    import tensorflow as tf

    from sweep import Rungs, StudySpec, TrialSpec

    x = np.linspace(-1, 1, 400, dtype="float32")


    def search_space(trial: optuna.Trial) -> dict[str, Any]:
        return {
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
            "units": trial.suggest_int("units", 4, 64, log=True),
        }


    def build(params: dict[str, Any], config: Any) -> TrialSpec:
        def input_fn() -> Any:
            return tf.data.Dataset.from_tensor_slices(({"x": x}, np.sin(3 * x))).batch(200)

        estimator = tf.estimator.DNNRegressor(
            feature_columns=[tf.feature_column.numeric_column("x")],
            hidden_units=[params["units"]],
            config=config,
        )
        return TrialSpec(
            estimator,
            tf.estimator.TrainSpec(input_fn, max_steps=300),
            tf.estimator.EvalSpec(input_fn, throttle_secs=0),
        )


    STUDY = StudySpec(
        search_space=search_space,
        build=build,
        metric="average_loss",
        direction="minimize",
        save_checkpoints_steps=100,
        sampler=optuna.samplers.TPESampler(multivariate=True),
        scheduler=Rungs(4, 3),
    )
"""
SCRIPT = """
    import optuna
    import pandas as pd

    import sweep
    from my_study import STUDY


    def main() -> None:
        study: optuna.Study = sweep.run(STUDY, name="mine", n_trials=40, n_jobs=2)
        print(study.best_value)
        try:
            sweep.run("digits_mlp", n_trials=81, scheduler=sweep.Population(8, n_legs=10))
        except sweep.SweepError as error:
            raise SystemExit(error.exit_code) from error
        trials: pd.DataFrame = sweep.load_trials("digits_mlp")
        curves: pd.DataFrame = sweep.load_curves("digits_mlp", results="results")
        weights: pd.DataFrame = sweep.load_importances("digits_mlp")
        print(len(trials), len(curves), len(weights))
        figure = sweep.plots.curves(sweep.load_study("digits_mlp"))
        figure.savefig("curves.svg")
        sweep.estimator.restore()
        estimator = sweep.load_estimator("digits_mlp", trial=7)
        print(estimator.model_dir)
        sweep.estimator.train_and_evaluate(*sweep.load_trial_spec("digits_mlp", trial=7))
"""
MISUSE = """
    import sweep

    sweep.run("x", n_trils=3)
    sweep.run("x", n_trials="3")
    sweep.load_trials(3)
    sweep.StudySpec(search_space=None)
    sweep.Rungs("four")
"""
CONFIG = """
    [mypy]
    strict = True

    [mypy-tensorflow.*]
    ignore_missing_imports = True
"""
PARTS = ("sweep", "tests", "studies", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the working tree, built beside it."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, source / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, source)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(built)]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=300
    )
    (wheel,) = built.iterdir()
    return wheel


@pytest.fixture(scope="session")
def user_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel installed, and all that it needs."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a user's own project."""
    files = {
        "mypy.ini": CONFIG,
        "my_study.py": STUDY,
        "my_sweep.py": SCRIPT,
        "misuse.py": MISUSE,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(textwrap.dedent(text))
    return tmp_path


def mypy(python: Path, project: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """A user's mypy, in their project and with their interpreter."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), *files],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def test_a_wheel_holds_what_is_needed_and_no_more(wheel: Path) -> None:
    assert wheel.name.startswith("estimator_sweep-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = [name for name in names if name.endswith("/entry_points.txt")]
        assert archive.read(entry_points).decode().split() == [
            "[console_scripts]",
            "sweep",
            "=",
            "sweep.cli:main",
        ]
    modules = {str(file.relative_to(ROOT)) for file in (ROOT / "sweep").rglob("*.py")}
    modules |= {"sweep/py.typed", "sweep/report/report.html.j2"}
    modules |= {f"sweep/study/draft/{name}.py.txt" for name in ("example", "program")}
    assert {name for name in names if ".dist-info/" not in name} == modules


def test_a_users_project_type_checks_strictly(user_python: Path, project: Path) -> None:
    checked = mypy(user_python, project, "my_study.py", "my_sweep.py")
    assert (checked.returncode, checked.stdout) == (
        0,
        "Success: no issues found in 2 source files\n",
    )


def test_a_study_file_to_begin_with_type_checks_strictly(user_python: Path, project: Path) -> None:
    task = project / "task.py"
    task.write_text("parser.add_argument('--learning-rate', type=float)\n")
    (project / "new.py").write_text(example())
    (project / "new_of_program.py").write_text(ProgramDraft(Program(task)).text())
    checked = mypy(user_python, project, "new.py", "new_of_program.py")
    assert (checked.returncode, checked.stdout) == (
        0,
        "Success: no issues found in 2 source files\n",
    )


def test_a_misuse_is_reported_by_a_users_mypy(user_python: Path, project: Path) -> None:
    checked = mypy(user_python, project, "misuse.py")
    reported = [line for line in checked.stdout.splitlines() if " error: " in line]
    places = {line.partition(": ")[0] for line in reported}
    assert places == {f"misuse.py:{line}" for line in range(4, 9)}, checked.stdout
    assert 'Unexpected keyword argument "n_trils" for "run"' in reported[0]
