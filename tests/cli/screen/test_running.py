"""The trials that run, on terminals of several sizes."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path

import optuna
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console, ConsoleOptions, Group, RenderResult

from sweep import events
from sweep.cli.screen import live
from sweep.cli.screen.fitting import fitted
from sweep.cli.screen.live import InTurns, LiveView
from sweep.cli.screen.running import running_trials
from sweep.results.score import Score

PARAMS = {"learning_rate": 0.077751, "batch_size": 128, "layers": 2, "units_0": 14, "units_1": 44}
START = events.SweepStarted(
    "study", ("accuracy",), ("maximize",), Path("study"), 40, can_grow=True, finished=(), n_jobs=4
)


def score_of(n: int) -> Score:
    score = Score(START)
    for number in range(n):
        score.update(events.TrialStarted(number, 1, PARAMS))
        score.update(events.TrialProgressed(number, 125, 500))
    return score


def shown(score: Score, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height)
    with console.capture() as captured:
        console.print(Group(*running_trials(score, width, height)))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_params_stand_beside_a_trial_where_there_is_room_for_all() -> None:
    score = score_of(1)
    score.update(events.TrialEvaluated(0, 125, {"accuracy": 0.94}))
    assert shown(score, 140, 23) == [
        "trial 0  ━━━━━                 125/500      accuracy 0.94      "
        "learning_rate=0.077751 batch_size=128 layers=2 units_0=14 units_1=44"
    ]


def test_params_stand_below_it_on_a_narrow_terminal() -> None:
    assert shown(score_of(2), 80, 23) == [
        line
        for number in (0, 1)
        for line in (
            f"trial {number}  ━━━━━                 125/500",
            "  learning_rate=0.077751 batch_size=128 layers=2 units_0=14 units_1=44",
        )
    ]
    assert shown(score_of(1), 50, 23) == [
        "trial 0  ━━         125/500",
        "  learning_rate=0.077751 batch_size=128 and 3 more",
    ]


def test_a_low_terminal_has_a_line_a_trial_and_says_how_many_it_does_not_show() -> None:
    head = "trial {}  ━━━━━                 125/500"
    assert shown(score_of(3), 80, 5) == [head.format(number) for number in range(3)]
    assert shown(score_of(9), 80, 4) == [*map(head.format, range(3)), "and 6 more"]


def test_columns_keep_still_while_a_trial_goes_on() -> None:
    score = score_of(1)
    score.update(events.TrialEvaluating(0, 10, 120))
    assert shown(score, 50, 1) == ["trial 0  ━━         125/500      evaluating 10/120"]
    score.update(events.TrialEvaluated(0, 125, {"accuracy": 0.94}))
    assert shown(score, 50, 1) == ["trial 0  ━━         125/500      accuracy 0.94"]


def test_params_are_never_cut_within_one() -> None:
    params = ["a=1", "b=two words", "c=333"]
    assert fitted(params, 21) == "a=1 b=two words c=333"
    assert fitted(params, 20) == "a=1 c=333 and 1 more"
    assert fitted(["a=1234567", "b=2", "c=3"], 15) == "b=2 and 2 more"
    assert fitted(["learning_rate=0.0777"], 12) == ""


def test_chinese_params_take_two_columns_a_character() -> None:
    score = Score(START)
    params = {"学习率": 0.0042904, "激活函数": "修正线性单元", "隐藏单元数": 97}
    score.update(events.TrialStarted(0, 1, params))
    assert shown(score, 54, 2)[1] == "  学习率=0.0042904 激活函数=修正线性单元 隐藏单元数=97"
    assert shown(score, 53, 2)[1] == "  学习率=0.0042904 激活函数=修正线性单元 and 1 more"


class Slow:
    """Takes its time to be drawn, so that one thread often draws while another does."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        time.sleep(random.random() * 0.004)
        yield from ()


def ended(number: int) -> FrozenTrial:
    distributions: dict[str, BaseDistribution] = {
        name: FloatDistribution(0, 1000) for name in PARAMS
    }
    trial = optuna.trial.create_trial(value=0.5, params=PARAMS, distributions=distributions)
    trial.number = number
    assert trial.state is TrialState.COMPLETE
    return trial


def test_a_screen_that_is_full_keeps_each_line_and_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    pyte = pytest.importorskip("pyte")
    monkeypatch.setattr(live, "SECONDS_BETWEEN_REFRESHES", 0.001)
    monkeypatch.setattr(live, "running_trials", lambda *args: [Slow(), *running_trials(*args)])
    file, n = io.StringIO(), 60
    view = LiveView(InTurns(file=file, force_terminal=True, width=80, height=24))
    view(START)
    running: list[int] = []
    for number in range(n):
        running.append(number)
        view(events.TrialStarted(number, 1, PARAMS))
        view(events.TrialProgressed(number, number, n))
        if number % 4 == 3:
            while running:
                view(events.TrialEnded(ended(running.pop(0))))
    view.stop()
    screen = pyte.HistoryScreen(80, 24, history=1000)
    pyte.Stream(screen).feed(file.getvalue().replace("\n", "\r\n"))
    above = ["".join(line[i].data for i in range(80)) for line in screen.history.top]
    lines = [line.rstrip() for line in [*above, *screen.display]]
    assert not [line for line in lines if "━" in line]
    numbers = [line.split()[1] for line in lines if line.startswith("trial")]
    assert numbers == list(map(str, range(n)))


def test_what_a_narrow_terminal_has_no_room_for_stands_indented_below() -> None:
    file = io.StringIO()
    view = LiveView(InTurns(file=file, width=50))
    view(START)
    view(events.TrialEnded(ended(3)))
    reason = "exception: ValueError: units_1 must be a multiple of 4, but it is 13"
    failed = optuna.trial.create_trial(state=TrialState.FAIL, user_attrs={"failure": reason})
    failed.number = 4
    view(events.TrialEnded(failed))
    view.stop()
    assert [line.rstrip() for line in file.getvalue().splitlines()] == [
        "trial  3  accuracy 0.5  best  0.0 s",
        "  learning_rate=0.077751 batch_size=128 layers=2",
        "  units_0=14 units_1=44",
        "trial  4  FAIL  exception: ValueError: units_1",
        "  must be a multiple of 4, but it is 13",
    ]


@pytest.mark.parametrize("width", [40, 20])
def test_a_terminal_that_becomes_narrower_keeps_no_bar(width: int) -> None:
    pyte = pytest.importorskip("pyte")
    file = io.StringIO()
    console = InTurns(file=file, force_terminal=True, width=80, height=24)
    view = LiveView(console)
    view(START)
    for number in range(4):
        view(events.TrialStarted(number, 1, PARAMS))
    view(events.Notice("before"))
    before = pyte.Screen(80, 24)
    pyte.Stream(before).feed(file.getvalue().replace("\n", "\r\n"))
    lines = before.display[: before.cursor.y + 1]
    file.truncate(file.seek(0))
    console.width = width
    view(events.Notice("after"))
    view.stop()
    screen = pyte.Screen(width, 60)
    # A terminal lays out again what it shows.
    pyte.Stream(screen).feed("\r\n".join(line.rstrip() for line in lines))
    pyte.Stream(screen).feed(file.getvalue().replace("\n", "\r\n"))
    assert [line.rstrip() for line in screen.display if line.strip()] == ["before", "after"]
