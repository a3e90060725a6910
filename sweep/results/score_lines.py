"""A sweep in lines of text: a trial that has ended, and how the sweep stands."""

from __future__ import annotations

from collections import Counter

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs, events
from sweep.results import format
from sweep.results.score import ENDS, Score
from sweep.schedule.base import is_continuation, is_paused
from sweep.wording import counted


def describe(trial: FrozenTrial, score: Score) -> str:
    """One line about an ended trial: its outcome and its params."""
    return f"{outcome(trial, score)}  {format.params(trial.params)}"


def outcome(trial: FrozenTrial, score: Score) -> str:
    """How a trial ended, with its number."""
    head = f"trial {trial.number:>{len(str(score.n_trials))}}"
    if is_continuation(trial):
        head += f" continues {trial.user_attrs[attrs.CONTINUES]}"
    for link in (attrs.CONFIRMS, attrs.REPEATS):
        if link in trial.user_attrs:
            head += f" {link} {trial.user_attrs[link]}"
    match trial.state:
        case TrialState.WAITING:
            return f"{head}  interrupted, continues later"
        case TrialState.FAIL:
            return f"{head}  FAIL  {trial.user_attrs.get(attrs.FAILURE, '')}"
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
    return f"{head}  {result}  {format.duration(trial.duration.total_seconds())}"


def describe_loss(lost: events.AttemptLost) -> str:
    """A sentence on a trial that has lost its process."""
    return (
        f"Trial {lost.number} lost its process ({lost.failure}) and continues from its last "
        "checkpoint."
    )


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
