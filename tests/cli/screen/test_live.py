"""What is shown of a sweep while it runs, whatever its names and messages hold."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from rich.console import Console

from sweep import events
from sweep.cli.screen.conclusion import conclude
from sweep.cli.screen.live import LineView, LiveView
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import TrialFolder
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.messages import Evaluating, Order
from sweep.trial.outcome import Outcome
from tests import standin

Sweep = Callable[..., AskedStudy]


def hostile(trial: optuna.Trial) -> dict[str, Any]:
    kind = trial.suggest_categorical("ki\x1b[2Jnd", ["re\nlu"])
    return standin.search_space(trial) | {"kind": kind, "act": "train"}


def events_of(sweep: Sweep, act: str) -> list[events.Event]:
    """What a sweep of one trial says, and two notices of what a trial has said."""

    def space(trial: optuna.Trial) -> dict[str, Any]:
        return {**hostile(trial), "act": act}

    heard: list[events.Event] = []
    sweep(standin.study_of(search_space=space), n_trials=1, listener=heard.append)
    return [*heard, events.Notice("one\ntwo\x1b[2J")]


@pytest.mark.parametrize("act", ["train", "fail exception: ValueError: one\ntwo\x1b[2J"])
def test_lines_and_a_conclusion_show_newlines_and_escape_codes_as_in_source(
    sweep: Sweep, capsys: pytest.CaptureFixture[str], act: str
) -> None:
    view = LineView()
    for event in events_of(sweep, act):
        view(event)
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    (line,) = shown.out.splitlines()
    assert r"ki\x1b[2Jnd=re\nlu" in line
    assert shown.err.splitlines()[-1] == r"one\ntwo\x1b[2J"
    assert view.score is not None
    conclude(view.score, Options())
    concluded = capsys.readouterr().out
    assert "\x1b" not in concluded
    assert (r"re\nlu" if act == "train" else r"two\x1b[2J") in concluded


def test_the_live_view_shows_newlines_and_escape_codes_as_in_source(sweep: Sweep) -> None:
    screen = io.StringIO()
    view = LiveView(Console(file=screen, force_terminal=True, width=200, highlight=False))
    for event in events_of(sweep, "train"):
        if not isinstance(event, events.TrialEnded):  # the trial stays in the view
            view(event)
    view.stop()
    assert "\x1b[2J" not in screen.getvalue()
    assert r"ki\x1b[2Jnd=re\nlu" in screen.getvalue()
    assert r"one\ntwo\x1b[2J" in screen.getvalue()


def test_the_live_view_shows_how_many_batches_an_evaluation_has_taken(sweep: Sweep) -> None:
    def shown(*more: events.Event) -> str:
        screen = io.StringIO()
        view = LiveView(Console(file=screen, force_terminal=True, width=200, highlight=False))
        for event in [*running, *more]:
            view(event)
        view.stop()
        return screen.getvalue()

    running = [e for e in events_of(sweep, "train") if not isinstance(e, events.TrialEnded)]
    assert "evaluating 70/?" in shown(events.TrialEvaluating(0, 70, None))
    assert "evaluating 70/100" in shown(events.TrialEvaluating(0, 70, 100))
    later = shown(events.TrialEvaluating(0, 70, None), events.TrialEvaluated(0, 30, {"score": 0.5}))
    assert later.rpartition("evaluating")[2].count("score 0.5") >= 1


def test_the_live_view_shows_how_many_trials_run_on_each_machine(sweep: Sweep) -> None:
    screen = io.StringIO()
    view = LiveView(Console(file=screen, force_terminal=True, width=200, highlight=False))
    running = [e for e in events_of(sweep, "train") if not isinstance(e, events.TrialEnded)]
    machines = events.NodesChanged({"right": 4, "left": 2})
    for event in [*running, machines, events.TrialPlaced(0, "left")]:
        view(event)
    view.stop()
    assert "on left 1 of 2 · right 0 of 4" in screen.getvalue()


def test_what_a_trial_says_of_an_evaluation_that_goes_on_comes_to_the_screen(results: Path) -> None:
    def evaluate(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        if not order.check_only:
            channel.send(Evaluating(70, None))
        return standin.stand_in(spec, order, folder, channel)

    heard: list[events.Event] = []
    loaded = LoadedStudy(standin.study_of(), "study", None)
    sweep_study(loaded, Options(results=results, n_trials=1, n_jobs=1), heard.append, evaluate)
    assert events.TrialEvaluating(0, 70, None) in heard
