"""What the screen says about a running sweep."""

from __future__ import annotations

from collections.abc import Callable

from sweep import events
from sweep.results.score import Score
from sweep.schedule.population import Population
from sweep.storage.study import AskedStudy


def test_no_time_left_is_told_when_only_legs_are(sweep: Callable[..., AskedStudy]) -> None:
    scores: list[Score] = []
    told = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.SweepStarted):
            scores.append(Score(event))
        elif scores:
            scores[0].update(event)
            if isinstance(event, events.TrialEnded):
                told.append(scores[0].seconds_left is not None)

    sweep(scheduler=Population(2, 3), listener=listen)
    assert told[0]
    assert not any(told[1:])


def test_no_time_left_is_told_when_the_sweep_stops(sweep: Callable[..., AskedStudy]) -> None:
    scores: list[Score] = []
    told: list[tuple[type[events.Event], bool]] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.SweepStarted):
            scores.append(Score(event))
        elif scores:
            scores[0].update(event)
            told.append((type(event), scores[0].seconds_left is not None))

    sweep(n_trials=5, n_jobs=1, enqueue=[{"x": 0.5}, {"x": 1.0}], target=0.99, listener=listen)
    stopping = told.index((events.SweepStopping, False))
    assert told[stopping - 1] == (events.TrialEnded, True)
    assert [kind for kind, _ in told].count(events.SweepStopping) == 1
