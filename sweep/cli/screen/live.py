"""Showing a sweep while it runs: a live view on a terminal, a line for each trial elsewhere."""

from __future__ import annotations

import sys
from collections import Counter

from optuna.trial import FrozenTrial, TrialState
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep import attrs, events
from sweep.cli.screen.score import ENDS, RunningTrial, Score
from sweep.results import format
from sweep.schedule.base import is_continuation, is_paused

REFRESHES_PER_SECOND = 4


class LineView:
    """A line for each trial that has ended, and notices on the standard error.

    Args:
        is_aside: whether the lines are there too, for the standard output is for programs.
    """

    def __init__(self, is_aside: bool = False) -> None:
        self.score: Score | None = None
        self._is_aside = is_aside

    def __call__(self, event: events.Event) -> None:
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
                    f"Trial {event.number} lost its process ({event.failure}) and goes on from its "
                    "last checkpoint."
                )

    def stop(self) -> None:
        """Takes off the screen what is not to stay."""

    def _line(self, text: str) -> None:
        print(format.text(text), file=sys.stderr if self._is_aside else sys.stdout, flush=True)

    def _notice(self, text: str) -> None:
        print(format.text(text), file=sys.stderr, flush=True)


class LiveView(LineView):
    """The same lines above a view of the trials that run."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._live = Live(
            console=console,
            get_renderable=self._render,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
        )

    def __call__(self, event: events.Event) -> None:
        super().__call__(event)
        if isinstance(event, events.SweepStarted):
            # Not before: the view's thread must not run while processes are forked.
            self._live.start()

    def stop(self) -> None:
        self._live.stop()

    def _line(self, text: str) -> None:
        self._console.print(Text(format.text(text)))

    def _notice(self, text: str) -> None:
        self._console.print(Text(format.text(text), style="yellow"))

    def _render(self) -> RenderableType:
        if self.score is None:
            return Text()
        shown: list[RenderableType] = [_running_table(self.score)]
        if self.score.slots:
            shown.append(Text(f"on {nodes(self.score)}", overflow="ellipsis", no_wrap=True))
        return Group(*shown, Text(summary(self.score), style="bold"))


def view_for(console: Console) -> LineView:
    """The view that suits the standard output."""
    return LiveView(console) if console.is_terminal else LineView()


def describe(trial: FrozenTrial, score: Score) -> str:
    """One line on a trial that has ended."""
    head = f"trial {trial.number:>{len(str(score.n_trials))}}"
    if is_continuation(trial):
        head += f" continues {trial.user_attrs[attrs.CONTINUES]}"
    for link in (attrs.CONFIRMS, attrs.REPEATS):
        if link in trial.user_attrs:
            head += f" {link} {trial.user_attrs[link]}"
    params = format.params(trial.params)
    match trial.state:
        case TrialState.WAITING:
            return f"{head}  interrupted, to be continued  {params}"
        case TrialState.FAIL:
            return f"{head}  FAIL  {trial.user_attrs.get(attrs.FAILURE, '')}  {params}"
        case TrialState.PRUNED if is_paused(trial) and trial.value is not None:
            value = format.objectives(score.metrics, [trial.value])
            result = f"{value}  paused at step {trial.user_attrs[attrs.PAUSED_AT]}"
        case TrialState.PRUNED:
            result = f"pruned at step {trial.last_step}"
        case _:
            result = format.objectives(score.metrics, trial.values)
            if any(trial.number == best.number for best in score.best):
                result += "  best" if len(score.metrics) == 1 else "  Pareto-optimal"
    assert trial.duration is not None
    return f"{head}  {result}  {format.duration(trial.duration.total_seconds())}  {params}"


def summary(score: Score) -> str:
    """Counts, the best so far and the time left, on one line."""
    parts = [f"{score.n_finished} of {score.n_trials} trials"]
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
    """How many trials run on each machine, of how many that it runs at a time."""
    running = Counter(trial.host for trial in score.running.values())
    counts = (f"{host} {running[host]} of {n}" for host, n in sorted(score.slots.items()))
    return " · ".join(counts)


def _running_table(score: Score) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(width=20)
    table.add_column(no_wrap=True, min_width=11)
    table.add_column(no_wrap=True, min_width=15)
    table.add_column(no_wrap=True, max_width=24 if score.slots else 0)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for number, trial in sorted(score.running.items()):
        table.add_row(
            f"trial {number}",
            ProgressBar(total=trial.max_steps, completed=trial.step, pulse=trial.max_steps is None),
            f"{trial.step}/{trial.max_steps or '?'}",
            _evaluation(trial, score.metrics[0]),
            trial.host,
            format.params(trial.params),
        )
    return table


def _evaluation(trial: RunningTrial, metric: str) -> str:
    """How far the evaluation has come that goes on, or else what the last one has measured."""
    if trial.n_batches is not None:
        return f"evaluating, batch {trial.n_batches}/{trial.steps or '?'}"
    return format.objectives([metric], [trial.metrics[metric]]) if metric in trial.metrics else ""
