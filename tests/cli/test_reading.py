"""The commands that read, over studies that lie in a real database."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import optuna
import pytest
from click.testing import CliRunner, Result
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from sweep.cli import main
from sweep.schedule.rungs import Rungs
from tests import standin

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

NOON = datetime(2026, 3, 1, 12)
DISTRIBUTIONS = {
    "rate": FloatDistribution(1e-9, 1, log=True),
    "layers": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["relu", "tanh"]),
}

LISTING = """\
study   objective                         best  complete  pruned  failed  open  last change
digits  maximize score                 0.96437         2       1       1     0  2026-03-01 12:00
front   maximize score, minimize size                  3       0       0     0  2026-03-01 12:00
empty   minimize loss                                  0       0       0     1
"""

COMPARISON = """\
                      digits        letters                          front
objective     maximize score  minimize loss  maximize score, minimize size
trials                     4              1                              3
complete                   2              1                              3
pruned                     1              0                              0
failed                     1              0                              0
best                 0.96437            2.5
median               0.73218            2.5
best trial                 1              0                           0, 1
time to best           2.0 s          1.0 s
  rate               1.5e-07           0.01
  layers                   4              2
  kind                  tanh           relu
"""

Command = Callable[..., Result]
Direction = Literal["maximize", "minimize"]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def sweep(tmp_path: Path) -> Command:
    """Runs a command over the results in `tmp_path`, in this process."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--results", str(tmp_path)])

    return run


def printed(result: Result) -> str:
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def records(result: Result) -> list[dict[str, Any]]:
    decoded: list[dict[str, Any]] = json.loads(printed(result))
    return decoded


def create(
    folder: Path, name: str, metrics: Sequence[str] = ("score",), *directions: Direction
) -> optuna.Study:
    url = f"sqlite:///{folder}/studies.db"
    study = optuna.create_study(
        storage=url, study_name=name, directions=directions or ("maximize",)
    )
    study.set_metric_names(list(metrics))
    return study


def add(
    study: optuna.Study,
    values: Sequence[float] | None = None,
    params: tuple[float, int, str] = (0.01, 2, "relu"),
    state: TrialState = TrialState.COMPLETE,
    **user_attrs: Any,
) -> None:
    """Adds a trial that has taken as many seconds as the study has trials by then."""
    number = len(study.trials)
    trial = create_trial(
        values=values,
        state=state,
        params=dict(zip(DISTRIBUTIONS, params, strict=True)),
        distributions=DISTRIBUTIONS,
        user_attrs=user_attrs,
    )
    trial.datetime_start = NOON
    trial.datetime_complete = NOON + timedelta(seconds=number + 1)
    study.add_trial(trial)


@pytest.fixture
def digits(tmp_path: Path) -> optuna.Study:
    """A study of four trials."""
    study = create(tmp_path, "digits")
    add(study, [0.5], seed=11, model_dir="/models/0", metrics_score=0.5, train_seconds=1.25)
    add(study, [0.96437], (1.5e-7, 4, "tanh"), seed=12, model_dir="/models/1")
    add(study, None, (0.1, 1, "relu"), TrialState.FAIL, failure="nan loss: at step 3")
    add(study, [0.25], (0.2, 3, "relu"), TrialState.PRUNED)
    return study


@pytest.fixture
def front(tmp_path: Path) -> optuna.Study:
    """A study with two metrics and two trials on its Pareto front."""
    study = create(tmp_path, "front", ("score", "size"), "maximize", "minimize")
    for values in ([0.5, 10.0], [0.75, 20.0], [0.5, 30.0]):
        add(study, values)
    return study


# list


def test_list_has_a_line_for_each_study(
    sweep: Command, tmp_path: Path, digits: optuna.Study, front: optuna.Study
) -> None:
    create(tmp_path, "empty", ["loss"], "minimize").enqueue_trial({})
    assert printed(sweep("list")) == LISTING


def test_list_as_json_is_for_programs(sweep: Command, digits: optuna.Study) -> None:
    assert records(sweep("list", "--json")) == [
        {
            "name": "digits",
            "metrics": ["score"],
            "directions": ["maximize"],
            "states": {"COMPLETE": 2, "FAIL": 1, "PRUNED": 1},
            "best_value": 0.96437,
            "last_change": "2026-03-01 12:00:04+00:00",
        }
    ]


# show


def test_show_has_a_line_for_each_trial(sweep: Command, digits: optuna.Study) -> None:
    assert printed(sweep("show", "digits")) == (
        "digits: maximize score; 2 COMPLETE, 1 FAIL, 1 PRUNED; best 0.96437\n"
        "\n"
        "number  state     seconds    value     rate  layers  kind  failure\n"
        "     0  COMPLETE        1      0.5     0.01       2  relu\n"
        "     1  COMPLETE        2  0.96437  1.5e-07       4  tanh\n"
        "     2  FAIL            3               0.1       1  relu  nan loss: at step 3\n"
        "     3  PRUNED          4     0.25      0.2       3  relu\n"
    )


def test_show_has_a_column_for_each_metric(sweep: Command, front: optuna.Study) -> None:
    assert printed(sweep("show", "front")) == (
        "front: maximize score, minimize size; 3 COMPLETE\n"
        "\n"
        "number  state     seconds  score  size  rate  layers  kind\n"
        "     0  COMPLETE        1    0.5    10  0.01       2  relu\n"
        "     1  COMPLETE        2   0.75    20  0.01       2  relu\n"
        "     2  COMPLETE        3    0.5    30  0.01       2  relu\n"
    )


def test_show_says_which_trial_a_leg_continues_and_how_far_each_has_come(
    sweep: Command, tmp_path: Path
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_trials=3, n_jobs=1, seed=1, scheduler=Rungs(3))
    lines = printed(sweep("show", "study")).splitlines()[2:]
    head, *legs, promoted = [line.split() for line in lines]
    assert head[:5] == ["number", "state", "seconds", "continues", "step"]
    assert [leg[3] for leg in legs] == ["3", "3", "3"]
    assert promoted[3:5] == [promoted[3], "10"]
    assert promoted[3] in ("0", "1", "2")


def test_show_does_not_say_how_far_trials_have_come_that_have_come_as_far(
    sweep: Command, tmp_path: Path
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_trials=2, n_jobs=1)
    head = printed(sweep("show", "study")).splitlines()[2].split()
    assert "step" not in head
    assert "continues" not in head


def test_show_of_a_study_without_trials_says_so(sweep: Command, tmp_path: Path) -> None:
    create(tmp_path, "empty")
    assert printed(sweep("show")) == (
        "empty: maximize score; no trials\n\nnumber  state  seconds  value\n"
    )
    assert records(sweep("show", "--json")) == []


def test_show_as_json_has_every_column(sweep: Command, digits: optuna.Study) -> None:
    first, _, failed, _ = records(sweep("show", "--json"))
    assert first == {
        "number": 0,
        "state": "COMPLETE",
        "datetime_start": "2026-03-01T12:00:00+00:00",
        "datetime_complete": "2026-03-01T12:00:01+00:00",
        "duration": first["duration"],
        "value": 0.5,
        "params_kind": "relu",
        "params_layers": 2,
        "params_rate": 0.01,
        "seed": 11,
        "model_dir": "/models/0",
        "metrics_score": 0.5,
        "train_seconds": 1.25,
        "failure": None,
    }
    assert (failed["value"], failed["failure"]) == (None, "nan loss: at step 3")


@pytest.mark.parametrize("command", ["show", "best"])
def test_json_keeps_every_digit(sweep: Command, tmp_path: Path, command: str) -> None:
    study = create(tmp_path, "study")
    add(study, [0.9649951831732356], (1.23456789e-8, 2, "relu"))
    (trial,) = records(sweep(command, "--json"))
    assert (trial["value"], trial["params_rate"]) == (0.9649951831732356, 1.23456789e-8)


@pytest.mark.parametrize("name", ["seconds", "value", "state", "number"])
def test_show_has_a_param_that_is_called_like_a_column(
    sweep: Command, tmp_path: Path, name: str
) -> None:
    study = create(tmp_path, "study")
    trial = study.ask({name: IntDistribution(3, 3)})
    study.tell(trial, 0.5)
    *_, header, row = printed(sweep("show")).splitlines()
    assert header.split() == ["number", "state", "seconds", "value", name]
    assert row.split()[0::3] == ["0", "0.5"]


def test_show_has_the_trials_that_are_asked_for(sweep: Command, digits: optuna.Study) -> None:
    chosen = sweep("show", "--where", "layers > 1", "--top", "2", "--sort", "-rate")
    assert printed(chosen) == (
        "digits: maximize score; 2 COMPLETE, 1 FAIL, 1 PRUNED; best 0.96437\n"
        "2 of 4 trials\n"
        "\n"
        "number  state     seconds    value     rate  layers  kind  failure\n"
        "     0  COMPLETE        1      0.5     0.01       2  relu\n"
        "     1  COMPLETE        2  0.96437  1.5e-07       4  tanh\n"
    )
    best = records(sweep("show", "--top", "1", "--json"))
    assert [trial["number"] for trial in best] == [1]


def test_a_bad_condition_is_one_sentence(sweep: Command, digits: optuna.Study) -> None:
    result = sweep("show", "--where", "layers >")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "sweep: The condition 'layers >' cannot be read: write it as in "
        "'value > 0.9 and kind == \"relu\"'.\n"
    )


def test_the_best_of_several_metrics_have_no_order(sweep: Command, front: optuna.Study) -> None:
    result = sweep("show", "--top", "2")
    assert result.exit_code == 2
    assert result.stderr == (
        "sweep: Study 'front' has several metrics, so its best trials have no order: order them "
        "by one of its metrics.\n"
    )
    ordered = records(sweep("show", "--sort", "-size", "--json"))
    assert [trial["number"] for trial in ordered] == [2, 1, 0]


def test_show_writes_a_file_of_every_column(
    sweep: Command, tmp_path: Path, digits: optuna.Study
) -> None:
    file = tmp_path / "trials.json"
    said = printed(sweep("show", "--where", "layers > 1", "--output", str(file)))
    assert said == f"Wrote 3 of 4 trials to {file}.\n"
    assert json.loads(file.read_text()) == records(sweep("show", "--where", "layers > 1", "--json"))


@pytest.mark.parametrize(
    ("width", "header", "not_shown"),
    [
        (80, "number  state     seconds    value     rate  layers  kind  failure", ""),
        (66, "number  state     seconds    value     rate  failure", "layers, kind"),
    ],
)
def test_a_terminal_is_not_exceeded(
    tmp_path: Path, digits: optuna.Study, width: int, header: str, not_shown: str
) -> None:
    screen = on_a_terminal(width, "show", "--results", str(tmp_path))
    assert screen[2] == header
    assert max(map(len, screen[2:7])) <= width
    tail = ["", f"Too wide for the terminal, so not shown: {not_shown}"] if not_shown else []
    assert screen[7:] == tail


# best


def test_best_is_a_portrait_of_the_best_trial(sweep: Command, digits: optuna.Study) -> None:
    assert printed(sweep("best", "digits")) == (
        "Trial 1, score 0.96437\n"
        "  rate       1.5e-07\n"
        "  layers     4\n"
        "  kind       tanh\n"
        "  seed       12\n"
        "  model_dir  /models/1\n"
        "\n"
    )


def test_best_tells_metrics_and_times_too(sweep: Command, tmp_path: Path) -> None:
    add(create(tmp_path, "study"), [0.5], metrics_loss=2.0, train_seconds=1.25, host="here")
    assert printed(sweep("best")) == (
        "Trial 0, score 0.5\n"
        "  rate           0.01\n"
        "  layers         2\n"
        "  kind           relu\n"
        "  metrics_loss   2\n"
        "  train_seconds  1.25\n"
        "\n"
    )


def test_best_as_json_is_the_best_trials_row(sweep: Command, digits: optuna.Study) -> None:
    all_trials = records(sweep("show", "digits", "--json"))
    assert records(sweep("best", "digits", "--json")) == [all_trials[1]]


def test_best_of_several_metrics_is_the_pareto_front(sweep: Command, front: optuna.Study) -> None:
    lines = printed(sweep("best", "front")).splitlines()
    titles = [line for line in lines if line.startswith("Trial")]
    assert titles == ["Trial 0, score 0.5, size 10", "Trial 1, score 0.75, size 20"]
    assert [trial["number"] for trial in records(sweep("best", "front", "--json"))] == [0, 1]


def test_best_of_a_study_without_complete_trials_says_so(sweep: Command, tmp_path: Path) -> None:
    add(create(tmp_path, "study"), None, state=TrialState.FAIL)
    assert printed(sweep("best")) == "No trial of study is complete yet.\n"
    assert records(sweep("best", "--json")) == []


def test_best_has_a_trial_without_params(sweep: Command, tmp_path: Path) -> None:
    study = create(tmp_path, "study")
    study.tell(study.ask(), 0.5)
    assert printed(sweep("best")) == "Trial 0, score 0.5\n\n"


def test_best_has_a_trial_with_a_user_attr_called_value_something(
    sweep: Command, tmp_path: Path
) -> None:
    add(create(tmp_path, "study"), [0.5], value_at_begin=0.25)
    assert printed(sweep("best")).startswith("Trial 0, score 0.5\n")


def test_best_shows_what_separates_the_winner_from_the_runners_up(
    sweep: Command, digits: optuna.Study
) -> None:
    portrait = printed(sweep("best"))
    assert printed(sweep("best", "--top", "1")) == portrait
    assert printed(sweep("best", "--top", "3")) == portrait + (
        "               trial 1  trial 0\n"
        "score          0.96437      0.5\n"
        "seconds              2        1\n"
        "rate           1.5e-07     0.01\n"
        "layers               4        2\n"
        "kind              tanh     relu\n"
        "train_seconds              1.25\n"
        "\n"
        "The same in all: state=COMPLETE\n"
    )
    trials = records(sweep("best", "--top", "3", "--json"))
    assert [trial["number"] for trial in trials] == [1, 0]


# compare


def test_compare_has_a_column_for_each_study(
    sweep: Command, tmp_path: Path, digits: optuna.Study, front: optuna.Study
) -> None:
    add(create(tmp_path, "letters", ["loss"], "minimize"), [2.5])
    assert printed(sweep("compare", "digits", "letters", "front")) == COMPARISON


def test_compare_as_json_is_for_programs(
    sweep: Command, tmp_path: Path, digits: optuna.Study
) -> None:
    create(tmp_path, "empty", ["loss"], "minimize")
    assert records(sweep("compare", "digits", "empty", "--json")) == [
        {
            "name": "digits",
            "metrics": ["score"],
            "directions": ["maximize"],
            "trials": 4,
            "states": {"COMPLETE": 2, "FAIL": 1, "PRUNED": 1},
            "best": 0.96437,
            "median": (0.5 + 0.96437) / 2,
            "best_trials": [1],
            "seconds_to_best": 2.0,
            "params": {"rate": 1.5e-07, "layers": 4, "kind": "tanh"},
        },
        {
            "name": "empty",
            "metrics": ["loss"],
            "directions": ["minimize"],
            "trials": 0,
            "states": {},
            "best": None,
            "median": None,
            "best_trials": [],
            "seconds_to_best": None,
            "params": {},
        },
    ]


def test_compare_has_a_column_for_each_trial(sweep: Command, digits: optuna.Study) -> None:
    assert printed(sweep("compare", "digits", "--trials", "3,0")) == (
        "               trial 3   trial 0\n"
        "score             0.25       0.5\n"
        "state           PRUNED  COMPLETE\n"
        "seconds              4         1\n"
        "rate               0.2      0.01\n"
        "layers               3         2\n"
        "train_seconds               1.25\n"
        "\n"
        "The same in all: kind=relu\n"
    )
    compared = records(sweep("compare", "--trials", "3,0", "--json"))
    assert [trial["number"] for trial in compared] == [3, 0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["digits"],
            "Name two studies or more to compare, or one and some of its --trials.",
        ),
        (["digits", "--trials", "3,7,9"], "Study 'digits' has no trial 7, 9."),
        (
            ["digits", "other", "--trials", "3"],
            "--trials belong to one study, but there are digits, other.",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    sweep: Command, digits: optuna.Study, arguments: list[str], sentence: str
) -> None:
    result = sweep("compare", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"sweep: {sentence}\n"


# importance


def test_importance_has_a_line_for_each_param(sweep: Command, tmp_path: Path) -> None:
    study = create(tmp_path, "study")
    for number in range(8):
        add(study, [float(number)], (0.01, 1 + number // 2, "relu"))
    header, first, *_ = printed(sweep("importance", "--evaluator", "fanova")).splitlines()
    assert header.split() == ["metric", "param", "importance"]
    assert first.split()[:2] == ["score", "layers"]
    (most, *_) = records(sweep("importance", "study", "--evaluator", "fanova", "--json"))
    assert (most["metric"], most["param"]) == ("score", "layers")


# Which study


@pytest.mark.parametrize("command", ["show", "best"])
def test_the_only_study_need_not_be_named(
    sweep: Command, digits: optuna.Study, command: str
) -> None:
    assert printed(sweep(command)) == printed(sweep(command, "digits"))


@pytest.mark.parametrize("command", ["show", "best"])
def test_one_of_several_studies_must_be_named(
    sweep: Command, digits: optuna.Study, front: optuna.Study, command: str
) -> None:
    result = sweep(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "sweep: Say which study; the database holds digits, front.\n"


def test_an_unknown_study_is_one_line(sweep: Command, digits: optuna.Study) -> None:
    result = sweep("show", "letters")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "sweep: There is no study 'letters' in the database, which holds digits.\n"
    )


@pytest.mark.parametrize("command", ["list", "show", "best"])
def test_a_missing_database_is_one_line_and_stays_missing(
    sweep: Command, tmp_path: Path, command: str
) -> None:
    result = sweep(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"sweep: There is no database {tmp_path}/studies.db. `sweep run` creates it; --results or "
        "--storage names another place.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_storage_may_be_named_by_its_url(tmp_path: Path, digits: optuna.Study) -> None:
    url = f"sqlite:///{tmp_path}/studies.db"
    result = CliRunner().invoke(main, ["show", "--storage", url])
    assert printed(result).startswith("digits: maximize score; ")


# As programs


def on_a_terminal(width: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal so many columns wide."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "sweep", *arguments]
    subprocess.run(command, cwd=Path(__file__).parents[2], stdout=child, env=environment)
    os.close(child)
    return os.read(parent, 65536).decode().splitlines()


def python_m_sweep(
    *arguments: str, options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", "sweep", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "command",
    [
        *("list", "show", "show --where layers>1 --json", "show --output {folder}/trials.csv"),
        *("best", "compare --trials 0,1", "lineage"),
    ],
)
def test_reading_imports_no_tensorflow_no_optuna_and_no_pandas(
    tmp_path: Path, digits: optuna.Study, command: str
) -> None:
    arguments = command.format(folder=tmp_path).split()
    ended = python_m_sweep(*arguments, "--results", str(tmp_path), options=["-X", "importtime"])
    assert ended.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "sqlalchemy" in imported
    slow = ("tensorflow", "optuna", "pandas", "numpy")
    assert not {name for name in imported if name.partition(".")[0] in slow}


def test_help_imports_next_to_nothing() -> None:
    ended = python_m_sweep("--help", options=["-X", "importtime"])
    assert ended.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "click" in imported
    heavy = ("tensorflow", "optuna", "pandas", "sqlalchemy", "numpy", "rich")
    assert not {name for name in imported if name.partition(".")[0] in heavy}


def test_an_error_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    ended = python_m_sweep("show", "--results", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"sweep: There is no database {tmp_path}/studies.db. `sweep run` creates it; --results or "
        "--storage names another place.\n"
    )
