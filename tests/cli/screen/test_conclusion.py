"""What is printed when a sweep is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from sweep import events
from sweep.cli.screen.conclusion import conclude
from sweep.flow.options import Options
from sweep.results.score import Score
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from tests import standin

Sweep = Callable[..., AskedStudy]
ADVICE = (
    "Study study already has its 2 trials: there is nothing to do. --trials 4 would add 2 more."
)
SMALLER = (
    "Study study already has 2 trials, more than the 1 asked for: there is nothing to do. "
    "--trials 3 would add 1 more."
)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n_trials": 2}, ADVICE),
        ({"n_trials": 2, "scheduler": Rungs(2, 2)}, ADVICE),
        ({"n_trials": 1}, SMALLER),
        (
            {"scheduler": Population(2, 2)},
            "Study study already has all of its trials: there is nothing to do.",
        ),
    ],
)
def test_a_study_that_has_its_trials_is_told_how_to_get_more_where_it_can(
    sweep: Sweep, capsys: pytest.CaptureFixture[str], options: dict[str, Any], sentence: str
) -> None:
    heard: list[events.Event] = []
    sweep(**options | ({"n_trials": 2} if "n_trials" in options else {}))
    sweep(**options, listener=heard.append)
    (start,) = heard
    assert isinstance(start, events.SweepStarted)
    conclude(Score(start), Options())
    assert capsys.readouterr().out.splitlines()[1] == sentence


def test_a_sweep_that_was_interrupted_had_something_to_do(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[events.Event] = []
    study = sweep(n_trials=1)
    sweep(n_trials=1, listener=heard.append)
    (start,) = heard
    assert isinstance(start, events.SweepStarted)
    score = Score(start)
    score.update(events.TrialStarted(1, 1, study.trials[0].params, continues=0))
    conclude(score, Options())
    ended = capsys.readouterr().out.splitlines()[1]
    assert ended.startswith("No trial ended in ")
    assert ended.endswith(" The study has 1 trial: 1 complete.")


def test_failed_trials_that_were_not_tried_again_are_told_how_to_be(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    def last_line(name: str | None = None, study: str = "my_study.py") -> str:
        heard: list[events.Event] = []
        sweep(n_trials=3, name=name, listener=heard.append)
        (start,) = (event for event in heard if isinstance(event, events.SweepStarted))
        conclude(Score(start), Options(name=name), study)
        return capsys.readouterr().out.splitlines()[-1]

    failing = standin.study_of(lambda n: "train" if n == 2 else "fail exception: x")
    sweep(failing, n_trials=3)
    assert last_line() == (
        "  sweep retry my_study.py  retry the 2 failed trials, which --trials counts"
    )
    sweep(failing, n_trials=3, name="other")
    assert last_line("other") == (
        "  sweep retry my_study.py --name other  retry the 2 failed trials, which --trials counts"
    )
    assert "sweep retry other  " in last_line("other", study="other")
    sweep(standin.study_of(), retry="")
    assert "sweep retry" not in last_line()


def test_what_was_interrupted_is_counted_as_waiting(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[events.Event] = []
    study = sweep(n_trials=1)
    study.enqueue_trial({"x": 0.5})
    sweep(n_trials=1, listener=heard.append)
    (start,) = heard
    assert isinstance(start, events.SweepStarted)
    assert start.waiting == (1,)
    score = Score(start)
    for number in (1, 2):
        score.update(events.TrialStarted(number, 1, {}))
    for number in (1, 2):
        trial = optuna.trial.create_trial(state=TrialState.WAITING)
        trial.number = number
        score.update(events.TrialEnded(trial))
    conclude(score, Options())
    ended = capsys.readouterr().out.splitlines()[1]
    assert ended.endswith(" The study has 3 trials: 1 complete, 2 waiting.")
    nothing = Score(replace(start, finished=(), waiting=(), n_trials=3))
    conclude(nothing, Options())
    nothing.update(events.TrialEnded(trial))
    conclude(nothing, Options())
    first, second = capsys.readouterr().out.splitlines()[1::2]
    assert (first.partition(". ")[2], second.partition(". ")[2]) == (
        "The study has no trials yet.",
        "The study has 1 trial: 1 waiting.",
    )


def test_a_sweep_whose_configurations_are_all_paused_says_why_none_completed(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[events.Event] = []
    sweep(n_trials=2, scheduler=Rungs(2, 3), listener=heard.append)
    notice, start, *rest = heard
    assert isinstance(notice, events.Notice)
    assert notice.text.startswith("No trial will complete: 2 rungs by a factor of 3 need 3 ")
    assert isinstance(start, events.SweepStarted)
    score = Score(start)
    for event in rest:
        score.update(event)
    conclude(score, Options())
    assert capsys.readouterr().out.splitlines()[2] == (
        "No trial completed. The best of the paused trials continue when there are more trials: "
        "give a larger --trials."
    )


@pytest.mark.parametrize(
    ("storage", "next_step"),
    [
        ("sqlite:///a b.db", "sweep show study --storage 'sqlite:///a b.db'  "),
        ("postgresql+psycopg://me@host/db", "study --storage postgresql+psycopg://me@host/db  "),
        ("postgresql+psycopg://me:s3kret@host/db", "sweep show study  "),
    ],
)
def test_the_next_steps_name_the_database_unless_its_url_has_a_password(
    results: Path, capsys: pytest.CaptureFixture[str], storage: str, next_step: str
) -> None:
    heard: list[events.Event] = []
    standin.sweep(standin.study_of(), results, heard.append, n_trials=1, n_jobs=1)
    assert isinstance(heard[0], events.SweepStarted)
    score = Score(heard[0])
    for event in heard[1:]:
        score.update(event)
    conclude(score, Options(storage=storage))
    said = capsys.readouterr().out
    assert next_step in said
    assert "s3kret" not in said
