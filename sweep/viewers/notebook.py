"""A sweep shown in a notebook while it runs, by IPython's own display: no widgets, no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from optuna.trial import TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.results import format
from sweep.results.score import RunningTrial, Score
from sweep.results.score_lines import describe, describe_loss, nodes, summary

SECONDS_BETWEEN_UPDATES = 0.25
_MOST_RUNNING = 16
_MOST_BEST = 3

# A grey and a blue that stand out from white and from black: no cell knows the theme around it.
_BLOCK = "max-width:60em;white-space:pre-wrap"
_TRACK = "height:.6em;border-radius:.3em;overflow:hidden;background:rgba(128,128,128,.3)"
_FILL = "height:100%;background:#3d85e0"
_TABLE = "font-size:inherit;border:none;border-collapse:collapse;margin:.3em 0"
_CELL = "padding:.1em 1em .1em 0;text-align:left;white-space:nowrap;border:none;background:none"


class NotebookView:
    """Shows a sweep below the cell that runs it: `sweep.run(…, listener=sweep.NotebookView())`.

    There is a bar for the sweep and one for each trial that runs, then the best trial, the last
    failure and notices. What was shown last stays in the notebook.

    Raises:
        UsageError: this process runs no notebook.
    """

    def __init__(self) -> None:
        if not _is_notebook():
            raise UsageError(
                "NotebookView shows a sweep in a Jupyter notebook, and this process runs none: "
                "leave this listener out."
            )
        self._score: Score | None = None
        self._failure: str | None = None
        self._notices: list[str] = []
        self._display: Any = None
        self._updated = 0.0

    def __call__(self, event: events.Event) -> None:
        """Hears an event of the sweep."""
        match event:
            case events.SweepStarted():
                self._score, self._failure, self._display = Score(event), None, None
            case events.Notice(text):
                self._notices.append(text)
            case events.AttemptLost():
                self._notices.append(describe_loss(event))
        if self._score is None:
            return
        self._score.update(event)
        if isinstance(event, events.TrialEnded) and event.trial.state is TrialState.FAIL:
            self._failure = describe(event.trial, self._score)
        is_due = time.monotonic() - self._updated >= SECONDS_BETWEEN_UPDATES
        if is_due or not self._score.running:
            self._update()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        if self._score is None:
            return ""
        title, *others = self._lines()
        parts = [
            _bar(self._score.n_finished, self._score.n_trials),
            f"<div><b>{escape(title)}</b></div>",
            _running(self._score),
            *(f"<div>{escape(line)}</div>" for line in others),
        ]
        return f'<div style="{_BLOCK}">{"".join(parts)}</div>'

    def _update(self) -> None:
        from IPython.display import display  # which only a notebook has

        self._updated = time.monotonic()
        if self._display is None:
            self._display = display(self, display_id=True)
        else:
            self._display.update(self)

    def _lines(self) -> Iterator[str]:
        """What is told in words; the first says how the sweep stands."""
        if self._score is None:
            return
        yield summary(self._score)
        if self._score.slots:
            yield f"on {nodes(self._score)}"
        for trial in self._score.best[:_MOST_BEST]:
            yield describe(trial, self._score)
        if self._failure is not None:
            yield self._failure
        yield from self._notices


def _is_notebook() -> bool:
    """Whether this is the process of a Jupyter kernel."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


def _running(score: Score) -> str:
    """A table of the trials that run."""
    trials = sorted(score.running.items())
    shown = trials[:_MOST_RUNNING]
    rows = [_row(_cells(number, trial, score.metrics[0])) for number, trial in shown]
    if len(shown) < len(trials):
        rows.append(_row([f"and {len(trials) - len(shown)} more"]))
    return f'<table style="{_TABLE}">{"".join(rows)}</table>' if rows else ""


def _cells(number: int, trial: RunningTrial, metric: str) -> Iterator[str]:
    yield f"trial {number}"
    yield f'<div style="width:10em">{_bar(trial.step, trial.max_steps)}</div>'
    yield f"{trial.step}/{trial.max_steps or '?'}"
    value = trial.metrics.get(metric)
    yield "" if value is None else escape(format.objectives([metric], [value]))
    yield escape(trial.host)
    yield escape(format.params(trial.params))


def _row(cells: Iterable[str]) -> str:
    inner = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    return f'<tr style="background:none">{inner}</tr>'


def _bar(n: int, total: int | None) -> str:
    """How much of the total is done; nothing where nobody knows the total."""
    share = min(n / total, 1.0) if total else 0.0
    return f'<div style="{_TRACK}"><div style="{_FILL};width:{share:.1%}"></div></div>'
