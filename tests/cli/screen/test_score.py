"""What the screen says about a running sweep."""

from __future__ import annotations

from collections.abc import Callable

from sweep import events
from sweep.cli.screen.live import LineView
from sweep.schedule.population import Population
from sweep.storage.study import AskedStudy


def test_no_time_left_is_told_when_only_legs_are(sweep: Callable[..., AskedStudy]) -> None:
    view = LineView()
    told = []

    def listen(event: events.Event) -> None:
        view(event)
        if isinstance(event, events.TrialEnded) and view.score is not None:
            told.append(view.score.seconds_left is not None)

    sweep(scheduler=Population(2, 3), listener=listen)
    assert told[0]
    assert not any(told[1:])
