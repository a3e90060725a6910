"""What a sweep costs, estimated from the time of its first trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import mean

from sweep.flow.checking.attempts import Attempt
from sweep.flow.checking.checked import Cost, Trial
from sweep.flow.checking.evaluations import EvaluationTimes
from sweep.flow.checking.timing import Timing
from sweep.schedule.base import Scheduler
from sweep.schedule.expected import ExpectedLegs, expected_legs


def trial_of(attempt: Attempt, timing: Timing, times: EvaluationTimes) -> Trial:
    """What a trial costs, if this attempt trained its first part, or all of it."""
    max_steps = None if attempt.started is None else attempt.started.max_steps
    n_steps = attempt.last_step if attempt.is_whole else max_steps
    is_known = n_steps is not None and times.n is not None and timing.evaluation is not None
    return Trial(
        timing=timing,
        n_steps=n_steps,
        n_trained=attempt.last_step,
        n_evaluations=times.n,
        seconds=timing.seconds(n_steps or 0, times.n or 0) if is_known else None,
    )


def cost_of(
    trials: Sequence[Trial],
    scheduler: Scheduler,
    n_configurations: int,
    *,
    n_jobs: int,
    loading: float,
    is_most: bool,
) -> Cost:
    """What a sweep of `n_configurations` costs, if they are like these trials."""
    legs = expected_legs(scheduler, n_configurations)
    seconds = None
    if n_configurations == 0:
        seconds = 0.0
    elif trials and all(trial.seconds is not None for trial in trials):
        at_a_time = min(n_jobs, math.ceil(sum(leg.n for leg in legs)))
        work = mean(sum(leg.n * _seconds_of(leg, trial) for leg in legs) for trial in trials)
        seconds = loading + work / at_a_time
    return Cost(n_configurations, n_jobs, loading, seconds, is_most)


def _seconds_of(leg: ExpectedLegs, trial: Trial) -> float:
    n_steps, n_evaluations = trial.n_steps or 0, trial.n_evaluations or 0
    # A leg is also evaluated at its end, where a whole training might not be.
    in_leg = math.ceil(round(leg.end * n_evaluations, 6)) - int(leg.begin * n_evaluations)
    return trial.timing.seconds(round((leg.end - leg.begin) * n_steps), max(1, in_leg))


def kept_checkpoints(attempt: Attempt, timing: Timing, keep: int | None) -> int | None:
    """How many checkpoints a whole trial keeps; None is as many as this attempt has.

    Args:
        attempt: the first part of the trial, or all of it.
        timing: the timing of the attempt.
        keep: the most checkpoints that Estimator keeps; None is all.
    """
    started = attempt.started
    if attempt.is_whole or started is None:
        return None
    if started.max_steps is None:
        return keep
    steps, seconds = started.save_checkpoints_steps, started.save_checkpoints_secs
    n_saved = 1  # before the first step
    if steps is not None:
        n_saved += math.ceil(started.max_steps / steps)
    elif seconds is not None:
        n_saved += 1 + int(started.max_steps * timing.step / seconds)
    return n_saved if keep is None else min(n_saved, keep)
