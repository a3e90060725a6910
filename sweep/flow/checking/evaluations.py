"""When the evaluations of a trial happen, and what can act on them before its end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from sweep.flow.checking.attempts import Attempt
from sweep.flow.checking.timing import Timing
from sweep.flow.resolve import Pace, Resolved
from sweep.schedule.base import Whole
from sweep.schedule.expected import pauses
from sweep.schedule.kept import describe
from sweep.search.evaluation_interval import ESTIMATORS_SECONDS, N_EVALUATIONS
from sweep.search.pruners import pruner_kind
from sweep.trial.messages import Evaluated, Examined, Started

_DEFAULT_DELAY, _DEFAULT_THROTTLE = 120, 600
"""The defaults of EvalSpec, which are ignored if evaluations were asked for."""


@dataclass(frozen=True)
class EvaluationTimes:
    """When a trial is evaluated."""

    every_steps: int | None
    """The steps from one to the next; None if the clock decides, or if they are unknown."""
    every_seconds: float | None
    """The approximate seconds from one to the next."""
    n: int | None
    """How many a trial has; None if its end is unknown."""

    @property
    def at_the_end_alone(self) -> bool:
        """Whether there is only one."""
        return self.n == 1


UNKNOWN = EvaluationTimes(None, None, None)


def find_times(
    attempt: Attempt, examined: Examined | None, pace: Pace, timing: Timing
) -> EvaluationTimes:
    """When a trial is evaluated, if this attempt trained its first part, or all of it."""
    steps = [evaluated.step for _, evaluated in attempt.of_kind(Evaluated)]
    n = len(steps) if attempt.is_whole else None
    started = attempt.started
    if started is None or started.loops or not timing.step:
        return EvaluationTimes(*_observed(steps, timing), n)
    every, first = _intervals(attempt, started, examined, pace, timing)
    if n is None and started.max_steps is not None:
        n = 1 + max(0, math.ceil((started.max_steps - first) / every))
    return EvaluationTimes(
        every_steps=None if started.save_checkpoints_steps is None else round(every),
        every_seconds=every * timing.step + (timing.evaluation or 0.0),
        n=n,
    )


def _observed(steps: list[int], timing: Timing) -> tuple[int | None, float | None]:
    """The steps and the seconds between two evaluations, if they are always the same."""
    apart = {other - one for one, other in pairwise(steps)}
    if len(apart) != 1:
        return None, None
    (every,) = apart
    return every, every * timing.step + (timing.evaluation or 0.0)


def _intervals(
    attempt: Attempt, started: Started, examined: Examined | None, pace: Pace, timing: Timing
) -> tuple[float, float]:
    """The steps from one evaluation to the next, and to the first.

    Where the training evaluates itself, Estimator waits for neither `start_delay_secs` nor
    `throttle_secs` before the first.
    """
    delay, throttle = (0.0, 0.0) if examined is None else _waits(examined, pace)
    interval = started.save_checkpoints_steps or (
        (started.save_checkpoints_secs or ESTIMATORS_SECONDS) / timing.step
    )
    every = interval * max(1, math.ceil(throttle / timing.step / interval))
    cluster = attempt.order.cluster
    if cluster is None or not cluster.evaluator:
        return every, interval
    return every, max(every, interval * math.ceil(delay / timing.step / interval))


def _waits(examined: Examined, pace: Pace) -> tuple[float, float]:
    delay, throttle = examined.start_delay_secs, examined.throttle_secs
    if pace.evaluate_every is not None:
        delay = 0.0 if delay == _DEFAULT_DELAY else delay
        throttle = 0.0 if throttle == _DEFAULT_THROTTLE else throttle
    return delay, throttle


def what_acts(resolved: Resolved, started: Started, times: EvaluationTimes) -> tuple[str, bool]:
    """What ends or pauses trials by their evaluations, and whether it can really do so."""
    if not isinstance(resolved.scheduler, Whole):
        max_steps = started.max_steps or 0
        steps = [str(round(share * max_steps)) for share in pauses(resolved.scheduler)]
        return f"{describe(resolved.scheduler)} pause trials at step {', '.join(steps)}", True
    kind = pruner_kind(resolved.pruner)
    if kind is not None and times.at_the_end_alone:
        return f"{kind} can never act, because a trial is only evaluated at its end", False
    if kind is not None:
        on = "them" if times.n is None else f"{times.n - 1} of them before its end"
        return f"{kind} acts on {on}", True
    if started.loops:
        return (
            "a pruner could act on them; rungs cannot, because the program trains in its own loop",
            True,
        )
    if times.at_the_end_alone and started.max_steps:
        return f"with a pruner there would be {N_EVALUATIONS}, or as many as it is set to", True
    if times.at_the_end_alone or times.n is None:
        return "a pruner needs --evaluate-every STEPS", True
    return f"a pruner could act on {times.n - 1}", True
