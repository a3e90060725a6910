"""The listeners of a sweep besides the screen."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from optuna.trial import TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.listeners import audience
from sweep.listeners.choice import make_listener
from sweep.listeners.run_per_trial import Ending, RunPerTrial
from tests.listeners.conftest import Listened


class Noting(RunPerTrial):
    """Keeps its runs in a list; fails at the trial that it is told to."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.runs: dict[int, dict[str, Any]] = {}
        self.threads: set[int] = set()
        self._fails_at = fails_at

    def _open(self, study: events.SweepStarted) -> None:
        self.threads.add(threading.get_ident())

    def _start(self, study: events.SweepStarted, trial: events.TrialStarted) -> Any:
        if trial.number == self._fails_at:
            raise ConnectionError("no route to host\nsecond line")
        return self.runs.setdefault(trial.number, {"params": trial.params, "curve": {}})

    def _log(self, run: Any, step: int, metrics: Mapping[str, float]) -> None:
        run["curve"][step] = metrics["score"]

    def _end(self, run: Any, ending: Ending) -> None:
        run["ending"] = ending

    def _leave(self, run: Any) -> None:
        raise AssertionError("every trial has ended")


def test_each_trial_is_a_run_with_params_curve_and_ending(listened: Listened) -> None:
    noting = Noting()
    study = listened(noting)
    assert sorted(noting.runs) == [0, 1, 2]
    for trial in study.trials:
        run = noting.runs[trial.number]
        assert run["params"].items() >= trial.params.items()
        assert run["ending"].state is trial.state
        if trial.state is TrialState.COMPLETE:
            assert run["curve"] == pytest.approx(trial.intermediate_values)
            assert run["ending"].metrics["score"] == pytest.approx(trial.value)
    assert noting.runs[1]["ending"].tags["failure"] == "nan loss: at 3"
    assert noting.threads.isdisjoint({threading.get_ident()})


def test_a_listener_that_fails_neither_ends_the_sweep_nor_is_passed_over_in_silence(
    listened: Listened,
) -> None:
    heard: list[events.Event] = []
    study = listened(heard.append, Noting(fails_at=0))
    assert len(study.trials) == 3
    assert [event.text for event in heard if isinstance(event, events.Notice)] == [
        "Noting failed, and the sweep continues without it: ConnectionError: no route to host"
    ]


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_listener_that_hangs_is_given_up_at_the_end(
    listened: Listened, monkeypatch: pytest.MonkeyPatch, is_interrupted: bool
) -> None:
    forever = threading.Event()

    class Hanging(Noting):
        def _open(self, study: events.SweepStarted) -> None:
            forever.wait()

    heard: list[events.Event] = []

    def hear(event: events.Event) -> None:
        heard.append(event)
        if isinstance(event, events.Notice) and "Ctrl-C" in event.text and is_interrupted:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    monkeypatch.setattr(audience, "PATIENCE", 0.1)
    if not is_interrupted:
        monkeypatch.setattr(audience, "LAST_WORDS", 0.3)
    listened(hear, Hanging())
    forever.set()
    assert [event.text for event in heard if isinstance(event, events.Notice)] == [
        f"Hanging is still sending: the sweep waits up to {audience.LAST_WORDS:.0f} s for it. "
        "Ctrl-C ends the wait.",
        "Hanging did not accept all events of this sweep in time, so its runs may be incomplete: "
        "its server is slow or out of reach.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mlfow", "There is no listener 'mlfow'; there are mlflow, wandb: did you mean mlflow?"),
        (
            "wandb:projekt=x",
            "The listener wandb has no option 'projekt=x': its options are project=…, entity=…, "
            "mode=…: did you mean project?",
        ),
    ],
)
def test_what_is_no_listener_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        make_listener(text)
    assert str(raised.value) == message
