"""A program as a command line declares it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sweep.cli.options.program import (
    AskedProgram,
    DeclaredStudy,
    TakesArguments,
    program_options,
)
from sweep.errors import UsageError

TUNING = """
trainingInput:
  hyperparameters:
    goal: MAXIMIZE
    hyperparameterMetricTag: top_5
    maxTrials: 7
    maxParallelTrials: 3
    maxFailedTrials: 4
    algorithm: RANDOM_SEARCH
    params:
    - {parameterName: units, type: INTEGER, minValue: 1, maxValue: 9}
    - {parameterName: rate, type: DOUBLE, minValue: 0.1, maxValue: 0.9}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a program, a package and a tuning file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trainer").mkdir()
    for name in ("task.py", "trainer/task.py"):
        (tmp_path / name).touch()
    (tmp_path / "tuning.yaml").write_text(TUNING)
    return tmp_path


def declared(*typed: str) -> DeclaredStudy | None:
    """What `sweep run` makes of a command line."""
    found: list[DeclaredStudy | None] = []

    @click.command(cls=TakesArguments)
    @click.argument("study", required=False)
    @program_options
    def command(study: str | None, **options: Any) -> None:
        found.append(AskedProgram.of(options).declared(study))
        assert options == {}

    result = CliRunner().invoke(command, list(typed), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return found[0]


def spec_of(*typed: str) -> Any:
    study = declared(*typed)
    assert study is not None
    return study.spec


def refusal(*typed: str) -> str:
    with pytest.raises(UsageError) as raised:
        declared(*typed)
    return str(raised.value)


VARY = ("--vary", "rate=0.1..0.9")


def test_a_study_file_alone_declares_no_program(folder: Path) -> None:
    assert declared("task.py") is None
    assert declared() is None


def test_a_file_and_a_module_are_swept_with_what_stands_behind_the_dashes(folder: Path) -> None:
    file = spec_of(
        "task.py", *VARY, "--metric", "auc", "--", "--job-dir", "{model_dir}", "--", "-m"
    )
    assert file.program.file == folder / "task.py"
    assert file.program.arguments == ("--job-dir", "{model_dir}", "--", "-m")
    module = spec_of("-m", "trainer.task", *VARY, "--metric", "auc", "--tf1")
    assert (module.program.module, module.program.tensorflow) == ("trainer.task", 1)
    assert (module.program.arguments, module.metric, module.direction) == ((), "auc", "maximize")


def test_a_loss_is_minimized_and_that_is_told(folder: Path) -> None:
    study = declared("task.py", *VARY, "--metric", "val/loss", "--metric", "accuracy")
    assert study is not None
    assert study.spec.directions == ("minimize", "maximize")
    assert study.notices == ("val/loss is minimized. --direction maximize changes that.",)
    spec = spec_of("task.py", *VARY, "--metric", "loss", "--direction", "maximize")
    assert spec.direction == "maximize"


def test_a_tuning_file_says_what_the_command_line_does_not(folder: Path) -> None:
    study = declared("tuning.yaml", "--program", "trainer.task")
    assert study is not None
    spec = study.spec
    assert spec.program is not None
    assert (spec.program.module, spec.metric, spec.direction) == (
        "trainer.task",
        "top_5",
        "maximize",
    )
    assert (spec.n_trials, spec.sampler) == (7, "random")
    assert study.options == {"n_jobs": 3, "max_failed": 4, "enqueue": ()}

    spec = spec_of(
        "tuning.yaml", "--program", "task.py", "--vary", "units=5..6", "--metric", "loss"
    )
    assert (spec.program.file, spec.metric, spec.direction) == (
        folder / "task.py",
        "loss",
        "minimize",
    )
    units = next(flag for flag in spec.search_space.flags if flag.name == "units")
    assert (units.distribution.low, units.distribution.high) == (5, 6)
    assert spec.search_space.names == ("rate", "units")


def test_what_does_not_become_clear_is_asked_for_in_a_sentence(folder: Path) -> None:
    assert refusal("task.py", "--metric", "auc") == (
        "No flag of the program varies: give flags and their ranges, as in "
        "--vary learning-rate=1e-5..1e-1:log. To continue a study of a program, give only its "
        "name, as in `sweep run NAME --trials 40`."
    )
    assert refusal("task.py", *VARY) == (
        "No metric is given: name the metric of the program's evaluations to use as a trial's "
        "value, as in --metric accuracy."
    )
    assert refusal("task.py", *VARY, "--metric", "top_5") == (
        "It is unknown whether a large top_5 is good or bad: give --direction maximize or "
        "--direction minimize."
    )
    assert refusal("task.py", "-m", "trainer.task", *VARY, "--metric", "auc") == (
        "Name one program: either its file, as in `sweep run trainer/task.py`, or its module, as "
        "in `sweep run -m trainer.task`."
    )
    assert refusal("--program", "trainer.task") == (
        "--program works only with a tuning file, which is missing: give it, as in "
        "`sweep run hptuning_config.yaml --program trainer.task`."
    )
    assert refusal("tuning.yaml") == (
        "Name the one program that tuning.yaml belongs to, by its file or its module, as in "
        "`sweep run tuning.yaml --program trainer.task`."
    )
