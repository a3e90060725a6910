"""Showing a running sweep: a live view on a terminal, one line per trial elsewhere."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from types import TracebackType
from typing import Any, Self

from optuna.trial import FrozenTrial, TrialState
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from sweep import attrs, events
from sweep.cli.screen.running import running_trials
from sweep.cli.screen.score import ENDS, Score
from sweep.cli.screen.waiting import Waiting
from sweep.results import format
from sweep.schedule.base import is_continuation, is_paused
from sweep.wording import counted

SECONDS_BETWEEN_REFRESHES = 0.25


class LineView:
    """One line per ended trial, and notices on the standard error.

    Args:
        is_aside: whether the lines go to the standard error too, because the standard output is
            for programs.
        waiting: the line that stands on the screen until there is something to show.
    """

    def __init__(self, is_aside: bool = False, waiting: Waiting | None = None) -> None:
        self.score: Score | None = None
        self._is_aside = is_aside
        self._waiting = waiting

    def __call__(self, event: events.Event) -> None:
        if self._waiting is not None:
            self._waiting.clear()
        if isinstance(event, events.SweepStarted):
            self.score = Score(event)
        elif isinstance(event, events.Notice):
            self._notice(event.text)
        elif self.score is not None:
            self.score.update(event)
            if isinstance(event, events.TrialEnded):
                self._line(describe(event.trial, self.score))
            elif isinstance(event, events.AttemptLost):
                self._notice(
                    f"Trial {event.number} lost its process ({event.failure}) and continues from "
                    "its last checkpoint."
                )

    def stop(self) -> None:
        """Removes from the screen what should not stay."""
        if self._waiting is not None:
            self._waiting.clear()

    def _line(self, text: str) -> None:
        print(format.text(text), file=sys.stderr if self._is_aside else sys.stdout, flush=True)

    def _notice(self, text: str) -> None:
        print(format.text(text), file=sys.stderr, flush=True)


class InTurns(Console):
    """A console on which threads draw one after the other.

    rich computes where to draw from what was drawn last, and draws later. A thread that draws in
    between would leave lines behind.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)
        self._turn = threading.RLock()

    def __enter__(self) -> Self:
        self._turn.acquire()
        super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._turn.release()


class LiveView(LineView):
    """The same lines, above a view of the running trials."""

    def __init__(self, console: Console, waiting: Waiting | None = None) -> None:
        super().__init__(waiting=waiting)
        self._console = console
        self._live = Live(
            console=console, get_renderable=self._render, auto_refresh=False, transient=True
        )
        self._is_over = threading.Event()
        self._refreshing = threading.Thread(target=self._refresh, daemon=True)

    def __call__(self, event: events.Event) -> None:
        super().__call__(event)
        if isinstance(event, events.SweepStarted):
            # Not earlier: the view's thread must not run while processes are forked.
            with self._console:
                self._live.start()
            self._refreshing.start()

    def stop(self) -> None:
        super().stop()
        if self._live.is_started:
            with self._console:
                self._live.refresh()
        self._is_over.set()
        if self._refreshing.ident is not None:
            self._refreshing.join()
        with self._console:
            self._live.stop()  # draws once more, by now an empty view

    def _refresh(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_REFRESHES):
            with self._console:
                self._live.refresh()

    def _line(self, text: str) -> None:
        self._print(Text(format.text(text)))

    def _notice(self, text: str) -> None:
        self._print(Text(format.text(text), style="yellow"))

    def _print(self, text: Text) -> None:
        with self._console:
            if self._live.is_started:
                self._live.refresh()  # otherwise an ended trial would be drawn again below
            self._console.print(text)

    def _render(self) -> RenderableType:
        if self.score is None or self._is_over.is_set():
            return Text()
        below = [Text(summary(self.score), style="bold")]
        if self.score.slots:
            below.insert(0, Text(f"on {nodes(self.score)}", overflow="ellipsis", no_wrap=True))
        width, height = self._console.size
        n_below = sum(len(text.wrap(self._console, width)) for text in below)
        return Group(*running_trials(self.score, width, height - n_below - 1), *below)


def view_for(waiting: Waiting | None = None) -> LineView:
    """The view that suits the standard output."""
    console = InTurns()
    suits = console.is_terminal and not console.is_dumb_terminal
    return LiveView(console, waiting) if suits else LineView(waiting=waiting)


def describe(trial: FrozenTrial, score: Score) -> str:
    """One line about an ended trial."""
    head = f"trial {trial.number:>{len(str(score.n_trials))}}"
    if is_continuation(trial):
        head += f" continues {trial.user_attrs[attrs.CONTINUES]}"
    for link in (attrs.CONFIRMS, attrs.REPEATS):
        if link in trial.user_attrs:
            head += f" {link} {trial.user_attrs[link]}"
    params = format.params(trial.params)
    match trial.state:
        case TrialState.WAITING:
            return f"{head}  interrupted, continues later  {params}"
        case TrialState.FAIL:
            return f"{head}  FAIL  {trial.user_attrs.get(attrs.FAILURE, '')}  {params}"
        case TrialState.PRUNED if is_paused(trial) and (point := score.point(trial)) is not None:
            value = format.objectives(score.metrics, point)
            broken = format.broken(score.constraints, trial.user_attrs)
            result = f"{value}{broken}  paused at step {trial.user_attrs[attrs.PAUSED_AT]}"
        case TrialState.PRUNED:
            result = f"pruned at step {trial.last_step}"
        case _:
            result = format.objectives(score.metrics, trial.values)
            result += format.broken(score.constraints, trial.user_attrs)
            if any(trial.number == best.number for best in score.best):
                result += "  best" if len(score.metrics) == 1 else "  Pareto-optimal"
    assert trial.duration is not None
    return f"{head}  {result}  {format.duration(trial.duration.total_seconds())}  {params}"


def summary(score: Score) -> str:
    """Counts, the best so far and the time left, on one line."""
    parts = [f"{score.n_finished} of {counted(score.n_trials, 'trial')}"]
    if score.most_trainings is not None:
        parts = [f"{score.n_ended} trainings of at most {score.most_trainings}"]
    parts += score.count(*(end for end in ENDS if end != "complete"))
    if len(score.metrics) == 1 and score.best:
        (best,) = score.best
        parts.append(f"best {format.objectives(score.metrics, best.values)} (trial {best.number})")
    if score.seconds_left is not None and score.most_trainings is None:
        parts.append(f"about {format.duration(score.seconds_left)} left")
    return " · ".join(parts)


def nodes(score: Score) -> str:
    """How many trials run on each machine, of how many that it can run at a time."""
    running = Counter(trial.host for trial in score.running.values())
    counts = (f"{host} {running[host]} of {n}" for host, n in sorted(score.slots.items()))
    return " · ".join(counts)
