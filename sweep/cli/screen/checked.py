"""What a check found, on one screen. Problems stand out in color."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.flow.checking.checked import Checked, Trial
from sweep.results import format

WRONG = "yellow"
MOST_METRICS = 3


def render(checked: Checked) -> RenderableType:
    """The whole screen."""
    objective = format.objective(checked)
    parts: list[RenderableType] = [
        Text(f"{checked.study}: {objective}. A sweep can start.", style="bold"),
        Text(),
    ]
    if checked.trials:
        parts += [_seconds(checked.trials[0]), Text()]
    findings = Table.grid(padding=(0, 2))
    findings.add_column(no_wrap=True)
    findings.add_column(overflow="fold")
    for name, text, is_wrong in _findings(checked):
        findings.add_row(name, Text(format.text(text), style=WRONG if is_wrong else ""))
    return Group(*parts, findings)


def _seconds(trial: Trial) -> Table:
    """Where the seconds of a trial go."""
    timing, steps, evaluations = trial.timing, trial.n_steps, trial.n_evaluations
    rows: list[tuple[str, float | None]] = [
        ("process and imports", timing.process),
        ("build", timing.build),
        ("graph, session", timing.graph),
    ]
    if steps is None:
        rows += [("a step", timing.step), ("an evaluation", timing.evaluation)]
    else:
        rows.append((f"{steps} steps", steps * timing.step))
        if timing.evaluation is None or evaluations is None:
            rows.append(("an evaluation", timing.evaluation))
        else:
            rows.append((_count(evaluations, "evaluation"), evaluations * timing.evaluation))
    rows.append(("exports, end", timing.end))
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(2):
        table.add_column(justify="right")
    table.add_row("", "seconds", "share", style="dim")
    for name, seconds in rows:
        share = "" if not trial.seconds or seconds is None else f"{seconds / trial.seconds:.0%}"
        shown = "?" if seconds is None else f"{seconds:.2f}" if share else f"{seconds:.2g}"
        table.add_row(name, shown, share)
    if trial.seconds is not None:
        table.add_row("a trial", f"{trial.seconds:.2f}", "", style="bold")
    return table


def _findings(checked: Checked) -> Iterator[tuple[str, str, bool]]:
    """The findings: the name of each, its text, and whether something is wrong with it."""
    yield "measured", _measured(checked), False
    yield "the sweep", _cost(checked), False
    yield "evaluations", f"{_times(checked)}; {checked.acts}", not checked.can_act
    yield "disk", _disk(checked), not checked.disk.is_enough
    for arrays in checked.arrays:
        kept_out = f"{format.size(arrays.n_bytes)} kept out of the graph"
        left = f"left in the graph, because {arrays.why_not}"
        yield f"{arrays.purpose} data", kept_out if arrays.why_not is None else left, False
    yield "params", _params(checked), bool(checked.params.idle)
    yield "same seed", *_agreement(checked)
    for notice in checked.notices:
        yield "note", notice, True


def _measured(checked: Checked) -> str:
    if not checked.trials:
        return "nothing: no trial trained a step"
    first = checked.trials[0]
    if first.n_trained == first.n_steps:
        text = "a whole trial"
    else:
        text = f"{first.n_trained} steps of {'a trial' if first.n_steps is None else first.n_steps}"
    others = [trial.seconds for trial in checked.trials[1:] if trial.seconds is not None]
    if others:
        text += f"; another, with other params, takes {format.duration(others[0])}"
    return text


def _cost(checked: Checked) -> str:
    cost = checked.cost
    trials = f"{_count(cost.n_trials, 'trial')}, {cost.n_jobs} at a time"
    if cost.n_trials == 0:
        return "the study already has all of its trials"
    if cost.seconds is None:
        return f"{trials}: unknown time, because a trial has no known end"
    about = "at most" if cost.is_most else "about"
    loading = format.duration(cost.loading)
    return f"{trials}: {about} {format.duration(cost.seconds)}, including {loading} of imports"


def _times(checked: Checked) -> str:
    times = checked.evaluations
    if times.at_the_end_alone:
        return "only at the end"
    every = "" if times.every_steps is None else f"every {times.every_steps} steps"
    if times.every_seconds is not None:
        seconds = format.duration(times.every_seconds)
        every = f"{every} ({seconds})" if every else f"every {seconds}"
    in_all = "" if times.n is None else f"{times.n} per trial"
    return ", ".join(filter(None, (every, in_all))) or "at unknown times"


def _disk(checked: Checked) -> str:
    disk = checked.disk
    kept = f"{_count(disk.n_checkpoints, 'checkpoint')} of {format.size(disk.checkpoint)}"
    trial = f"{format.size(disk.trial)} per trial ({kept}, {format.size(disk.events)} of events)"
    return f"{trial}; {format.size(disk.sweep)} for the sweep, of {format.size(disk.free)} free"


def _params(checked: Checked) -> str:
    params = checked.params
    if params.why_not is not None:
        return f"not varied, because {params.why_not}"
    texts = []
    if params.idle:
        pairs = ", ".join(f"{name} ({n} pairs)" for name, n in params.idle.items())
        texts.append(f"did not change the graph: {pairs}; only hooks or Python code can use them")
    if params.active:
        texts.append(f"change the graph: {', '.join(params.active)}")
    if params.not_tried:
        texts.append(f"not varied: {', '.join(params.not_tried)}")
    return "; ".join(texts) or "none"


def _agreement(checked: Checked) -> tuple[str, bool]:
    agreement = checked.agreement
    if agreement is None:
        return "not compared, because no trial was trained twice", False
    if agreement.step is None:
        return "not compared, because no evaluation happened twice", False
    if not agreement.differing:
        return f"two trainings agree to the last bit, up to step {agreement.step}", False
    shown = list(agreement.differing.items())[:MOST_METRICS]
    differing = ", ".join(
        f"{name} {_value(one)} and {_value(other)}" for name, (one, other) in shown
    )
    return f"two trainings differ at step {agreement.differs_at}: {differing}", True


def _value(value: Any) -> str:
    return repr(value) if isinstance(value, float) else format.number(value)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
