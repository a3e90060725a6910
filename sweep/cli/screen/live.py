"""Showing a running sweep: a live view on a terminal, one line per trial elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType, Segment, SegmentLines
from rich.text import Text

from sweep import events
from sweep.cli.screen.fitting import in_lines
from sweep.cli.screen.running import running_trials
from sweep.cli.screen.waiting import Waiting
from sweep.results import format
from sweep.results.score import Score
from sweep.results.score_lines import describe, describe_loss, nodes, outcome, summary

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

SECONDS_BETWEEN_REFRESHES = 0.25
_INDENT = "  "
"""Before the lines on which a trial's line continues."""
_LINES_OF_PARAMS = 2


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
                self._ended(event.trial, self.score)
            elif isinstance(event, events.AttemptLost):
                self._notice(describe_loss(event))

    def stop(self) -> None:
        """Removes from the screen what should not stay."""
        if self._waiting is not None:
            self._waiting.clear()

    def _ended(self, trial: FrozenTrial, score: Score) -> None:
        line = format.text(describe(trial, score))
        print(line, file=sys.stderr if self._is_aside else sys.stdout, flush=True)

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
        self._drawn: list[int] = []
        """The width of each line of the view as it was last drawn."""
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
                self._draw()
        self._is_over.set()
        if self._refreshing.ident is not None:
            self._refreshing.join()
        with self._console:
            self._live.stop()  # draws once more, by now an empty view

    def _refresh(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_REFRESHES):
            with self._console:
                self._draw()

    def _draw(self) -> None:
        """Draws the view over the last one.

        A terminal that has become narrower shows the lines that are now too long on several lines.
        rich does not know of them, so the cursor goes up by as many before.
        """
        width = self._console.width
        n_more = sum((drawn - 1) // width for drawn in self._drawn if drawn)
        up = ((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)) * n_more
        self._console.control(Control(*up))
        self._live.refresh()

    def _ended(self, trial: FrozenTrial, score: Score) -> None:
        text = format.text(describe(trial, score))
        width = self._console.width
        if cell_len(text) <= width:
            self._print(Text(text))
            return
        room = width - len(_INDENT)
        head, *rest = Text(format.text(outcome(trial, score))).wrap(self._console, room)
        params = in_lines(format.pairs(trial.params), room, _LINES_OF_PARAMS)
        below = [*rest, *map(Text, params)]
        self._print(Group(head, *(Text(_INDENT).append_text(line) for line in below)))

    def _notice(self, text: str) -> None:
        self._print(Text(format.text(text), style="yellow"))

    def _print(self, text: RenderableType) -> None:
        with self._console:
            if self._live.is_started:
                self._draw()  # otherwise an ended trial would be drawn again below
            self._console.print(text)

    def _render(self) -> RenderableType:
        if self.score is None or self._is_over.is_set():
            return Text()
        below = [Text(summary(self.score), style="bold")]
        if self.score.slots:
            below.insert(0, Text(f"on {nodes(self.score)}", overflow="ellipsis", no_wrap=True))
        width, height = self._console.size
        n_below = sum(len(text.wrap(self._console, width)) for text in below)
        above = running_trials(self.score, width, height - n_below - 1)
        lines = [*map(_bare, self._console.render_lines(Group(*above, *below), pad=False))]
        self._drawn = [Segment.get_line_length(line) for line in lines]
        return SegmentLines(lines, new_lines=True)


def _bare(line: list[Segment]) -> list[Segment]:
    """The line without the spaces at its end, which a terminal may count or not."""
    text = "".join(segment.text for segment in line)
    return Segment.adjust_line_length(line, cell_len(text.rstrip()))


def view_for(waiting: Waiting | None = None) -> LineView:
    """The view that suits the standard output."""
    console = InTurns()
    suits = console.is_terminal and not console.is_dumb_terminal
    return LiveView(console, waiting) if suits else LineView(waiting=waiting)
