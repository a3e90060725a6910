"""`sweep show`: a line for each of the trials asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from sweep.schedule.rungs import Rungs
from tests import standin
from tests.cli.commands import Command, add, create, on_a_terminal, printed, records

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_show_has_a_line_for_each_trial(run_command: Command, digits: optuna.Study) -> None:
    assert printed(run_command("show", "digits")) == (
        "digits: maximize score; 2 COMPLETE, 1 FAIL, 1 PRUNED; best 0.96437\n"
        "\n"
        "number  state     seconds    value     rate  layers  kind  failure\n"
        "     0  COMPLETE        1      0.5     0.01       2  relu\n"
        "     1  COMPLETE        2  0.96437  1.5e-07       4  tanh\n"
        "     2  FAIL            3               0.1       1  relu  nan loss: at step 3\n"
        "     3  PRUNED          4     0.25      0.2       3  relu\n"
    )


def test_show_has_a_column_for_each_metric(run_command: Command, front: optuna.Study) -> None:
    assert printed(run_command("show", "front")) == (
        "front: maximize score, minimize size; 3 COMPLETE\n"
        "\n"
        "number  state     seconds  score  size  rate  layers  kind\n"
        "     0  COMPLETE        1    0.5    10  0.01       2  relu\n"
        "     1  COMPLETE        2   0.75    20  0.01       2  relu\n"
        "     2  COMPLETE        3    0.5    30  0.01       2  relu\n"
    )


def test_show_says_which_trial_a_leg_continues_and_how_far_each_has_come(
    run_command: Command, tmp_path: Path
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_trials=3, n_jobs=1, seed=1, scheduler=Rungs(3, 3))
    lines = printed(run_command("show", "study")).splitlines()[2:]
    head, *legs, promoted = [line.split() for line in lines]
    assert head[:5] == ["number", "state", "seconds", "continues", "step"]
    assert [leg[3] for leg in legs] == ["3", "3", "3"]
    assert promoted[3:5] == [promoted[3], "10"]
    assert promoted[3] in ("0", "1", "2")


def test_show_does_not_say_how_far_trials_have_come_that_have_come_as_far(
    run_command: Command, tmp_path: Path
) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_trials=2, n_jobs=1)
    head = printed(run_command("show", "study")).splitlines()[2].split()
    assert "step" not in head
    assert "continues" not in head


def test_show_has_each_trials_machine_where_there_are_several(
    run_command: Command, tmp_path: Path
) -> None:
    study = create(tmp_path, "study")
    for host in ("left", "right"):
        trial = study.ask()
        trial.set_user_attr("host", host)
        study.tell(trial, 0.5)
    rows = [line.split() for line in printed(run_command("show", "study")).splitlines()[2:]]
    assert [row[-2:] for row in rows] == [["host", "value"], ["left", "0.5"], ["right", "0.5"]]


def test_show_of_a_study_without_trials_says_so(run_command: Command, tmp_path: Path) -> None:
    create(tmp_path, "empty")
    assert printed(run_command("show")) == (
        "empty: maximize score; no trials\n\nnumber  state  seconds  value\n"
    )
    assert records(run_command("show", "--json")) == []


def test_show_as_json_has_every_column(run_command: Command, digits: optuna.Study) -> None:
    first, _, failed, _ = records(run_command("show", "--json"))
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


@pytest.mark.parametrize("name", ["seconds", "value", "state", "number"])
def test_show_has_a_param_that_is_called_like_a_column(
    run_command: Command, tmp_path: Path, name: str
) -> None:
    study = create(tmp_path, "study")
    trial = study.ask({name: IntDistribution(3, 3)})
    study.tell(trial, 0.5)
    *_, header, row = printed(run_command("show")).splitlines()
    assert header.split() == ["number", "state", "seconds", "value", f"params_{name}"]
    assert row.split()[0::3] == ["0", "0.5"]


def test_show_has_the_trials_that_are_asked_for(run_command: Command, digits: optuna.Study) -> None:
    chosen = run_command("show", "--where", "layers > 1", "--top", "2", "--sort", "-rate")
    assert printed(chosen) == (
        "digits: maximize score; 2 COMPLETE, 1 FAIL, 1 PRUNED; best 0.96437\n"
        "2 of 4 trials\n"
        "\n"
        "number  state     seconds    value     rate  layers  kind\n"
        "     0  COMPLETE        1      0.5     0.01       2  relu\n"
        "     1  COMPLETE        2  0.96437  1.5e-07       4  tanh\n"
    )
    best = records(run_command("show", "--top", "1", "--json"))
    assert [trial["number"] for trial in best] == [1]


def test_show_writes_a_file_of_every_column(
    run_command: Command, tmp_path: Path, digits: optuna.Study
) -> None:
    file = tmp_path / "trials.json"
    said = printed(run_command("show", "--where", "layers > 1", "--output", str(file)))
    assert said == f"Wrote 3 of 4 trials to {file}.\n"
    assert json.loads(file.read_text()) == records(
        run_command("show", "--where", "layers > 1", "--json")
    )


def test_a_bad_condition_is_one_sentence(run_command: Command, digits: optuna.Study) -> None:
    result = run_command("show", "--where", "layers >")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "sweep: The condition 'layers >' cannot be parsed: write it as in "
        "'value > 0.9 and kind == \"relu\"'.\n"
    )


def test_the_best_of_several_metrics_have_no_order(
    run_command: Command, front: optuna.Study
) -> None:
    result = run_command("show", "--top", "2")
    assert result.exit_code == 2
    assert result.stderr == (
        "sweep: Study 'front' has several metrics, so its best trials have no order: name a "
        "metric, as in --prefer score, or weigh them, as in --prefer score=2,size=1.\n"
    )
    best = records(run_command("show", "--top", "2", "--prefer", "size", "--json"))
    assert [trial["number"] for trial in best] == [0, 1]
    ordered = records(run_command("show", "--sort", "-size", "--json"))
    assert [trial["number"] for trial in ordered] == [2, 1, 0]


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
    tail = ["", f"Not shown, because the terminal is too narrow: {not_shown}"] if not_shown else []
    assert screen[7:] == tail


def test_a_metric_whose_name_no_condition_can_hold_is_told_as_it_is_typed(
    tmp_path: Path, run_command: Command
) -> None:
    recorded: Any = {"metrics_metric/ndcg@1": 0.9}
    add(create(tmp_path, "ranked"), [0.5], **recorded)
    ended = run_command("show", "--where", "metric/ndcg@1 > .5")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "sweep: The condition 'metric/ndcg@1 > .5' names 'metric/ndcg@1': type it as "
        "metric_ndcg_1.\n"
    )
    assert "COMPLETE" in printed(run_command("show", "--where", "metric_ndcg_1 > .5"))


def hostile(folder: Path) -> None:
    """A study whose names and texts would clear the screen, or break a table's lines."""
    study = create(folder, "hostile", ["sco\nre"])
    wild = {"la\x1b[2Jyers": IntDistribution(1, 4), "state": IntDistribution(1, 4)}
    kinds = {"value": IntDistribution(0, 9), "kind": CategoricalDistribution(["re\nlu", "tanh"])}
    for state, values in ((TrialState.COMPLETE, [0.5]), (TrialState.FAIL, None)):
        study.add_trial(
            create_trial(
                state=state,
                values=values,
                params={"la\x1b[2Jyers": 2, "state": 3, "value": 4, "kind": "re\nlu"},
                distributions={**wild, **kinds},
                user_attrs={"failure": "exception: ValueError: one\ntwo\x1b[31m"}
                if values is None
                else {},
            )
        )


def test_newlines_and_escape_codes_in_names_and_values_are_shown_as_in_source(
    tmp_path: Path, run_command: Command
) -> None:
    hostile(tmp_path)
    shown = printed(run_command("show"))
    _, _, header, complete, failed = shown.splitlines()
    names = r"number state seconds value la\x1b[2Jyers params_state params_value kind failure"
    assert header.split() == names.split()
    assert complete.split() == ["0", "COMPLETE", "0", "0.5", "2", "3", "4", r"re\nlu"]
    assert failed.endswith(r"re\nlu  exception: ValueError: one\ntwo\x1b[31m")
    for command in ("best", "compare --trials 0,1", "lineage", "list"):
        text = printed(run_command(*command.split()))
        assert "\x1b" not in text
        assert "re\nlu" not in text
        assert "sco\nre" not in text
    assert re.search(r"^  state +3$", printed(run_command("best")), re.MULTILINE)
    assert "params_state=3" in printed(run_command("compare", "--trials", "0,1"))
    assert "params_state" in printed(run_command("lineage"))
