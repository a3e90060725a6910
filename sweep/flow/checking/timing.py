"""Where the seconds of a trial go, from the messages of a part of one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sweep.flow.checking.attempts import Attempt
from sweep.trial.messages import Ended, Evaluated, Progressed, Started


@dataclass(frozen=True)
class Timing:
    """The seconds of each part of a trial."""

    process: float
    """The start of its process, and imports."""
    build: float
    """The study's `build`, or a program until it trains."""
    graph: float
    """The graph, the session and the first step."""
    step: float
    """One step, including its share of saving checkpoints."""
    evaluation: float | None
    """One evaluation; 0 if evaluations run beside the steps, and None if no evaluation ended."""
    end: float
    """Everything after the last evaluation."""

    def seconds(self, n_steps: int, n_evaluations: int) -> float:
        """How long a trial with this many steps and evaluations takes."""
        fixed = self.process + self.build + self.graph + self.end
        return fixed + n_steps * self.step + n_evaluations * (self.evaluation or 0.0)


def timing_of(attempt: Attempt) -> Timing | None:
    """Where the time of this attempt went; None if it trained nothing."""
    started, first = attempt.first(Started), attempt.first(Progressed)
    if started is None or attempt.outcome is None or not attempt.last_step:
        return None
    until_started = started[0] - attempt.began
    build = min(until_started, attempt.outcome.seconds.get("build", 0.0))
    graph = 0.0 if first is None else first[0] - started[0]
    evaluated, ended = list(attempt.of_kind(Evaluated)), attempt.first(Ended)
    assert ended is not None
    end = ended[0] - evaluated[-1][0] if evaluated else 0.0
    cluster = attempt.order.cluster
    is_beside = cluster is not None and cluster.evaluator > 0
    evaluating = 0.0 if is_beside else attempt.outcome.seconds.get("evaluate", 0.0)
    rest = ended[0] - attempt.began - until_started - graph - evaluating - end
    per_step = None if attempt.is_whole else _seconds_of_step(attempt)
    return Timing(
        process=until_started - build,
        build=build,
        graph=graph,
        step=max(rest, 0.0) / attempt.last_step if per_step is None else per_step,
        evaluation=evaluating / len(evaluated) if evaluated else None,
        end=end,
    )


def _seconds_of_step(attempt: Attempt) -> float | None:
    """The seconds of a step, from steps without an evaluation between them; None without any."""
    heard = [item for item in attempt.heard if isinstance(item[1], Progressed | Evaluated)]
    seconds = steps = 0.0
    for (before, one), (after, other) in pairwise(heard):
        if isinstance(one, Progressed) and isinstance(other, Progressed):
            seconds, steps = seconds + after - before, steps + other.step - one.step
    return seconds / steps if steps else None
