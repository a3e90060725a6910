"""Compares rungs with full training over recorded trainings, for a study with two metrics.

    python benchmarks/several_metrics.py [--study mnist_dense] [--seeds 100] [--trainings 50]

The metrics are the accuracy and the number of the network's weights, which should be small. The
flow and its schedulers are the real ones, sampling is random, and each training is looked up. Each
method may train as many steps as training this many configurations in full takes. At every moment,
a search's choice is the front of its complete trials. What counts is the hypervolume of their true
points: the mean accuracy over all recorded seeds, as the logarithm of the error rate, and the
logarithm of the number of weights, between the worst and the best of all configurations. The front
of all configurations has 1. `by the accuracy alone` promotes as a study with one metric would.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import numpy as np
import optuna
from machine import write_result
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState
from recorded import CONFIGURATION, LEAST_ERROR, METRIC, Cost, Recorded, Table, Training
from replayed import Method, replay
from schedulers import FULL, _mean, _quietly

from sweep import Rungs, events
from sweep.schedule.objective import Objective
from sweep.search.front import Front

WEIGHTS = "weights"
BOTH = Objective((METRIC, WEIGHTS), ("maximize", "minimize"))
ALONE = "by the accuracy alone"
SHAPES = {"mnist_dense": (784, 10), "digits_mlp": (64, 10)}
"""The inputs and outputs of the studies' networks."""
RUNGS = ((2, 2), (2, 4), (3, 2), (3, 3), (3, 4))
SHARES = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class _AccuracyAlone(Objective):
    """Two metrics, of which only the first decides what is promoted."""

    def best_first(self, trials: Any) -> list[FrozenTrial]:
        return sorted(trials, key=lambda trial: -(self.point(trial) or [0.0])[0])


class TwoMetrics(Table):
    """The recorded trainings with the weights of their networks; a step takes a second."""

    def __init__(self, recorded: Recorded, study: str) -> None:
        super().__init__(recorded)
        self._weights = [float(_n_weights(params, *SHAPES[study])) for params in recorded.params]
        errors = np.log(1 - self._finals + LEAST_ERROR)
        self._points = np.column_stack([_scaled(-errors), _scaled(-np.log(self._weights))])
        self._most = _area(self._points)

    def training(self, params: Mapping[str, Any], seed: int) -> Training:
        known, weights = super().training(params, seed), self._weights[params[CONFIGURATION]]
        return replace(known, cost=Cost(0.0, 1.0, 0.0), others={WEIGHTS: weights})

    def hypervolume(self, configurations: Sequence[int]) -> float:
        """The hypervolume of these configurations, as a share of that of all."""
        return _area(self._points[list(configurations)]) / self._most


def _n_weights(params: Mapping[str, Any], n_in: int, n_out: int) -> int:
    widths = [n_in, *(int(params[f"units_{i}"]) for i in range(int(params["layers"]))), n_out]
    return sum((a + 1) * b for a, b in itertools.pairwise(widths))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (values - values.min()) / np.ptp(values)


def _area(points: NDArray[np.float64]) -> float:
    """The part of the unit square that is not better than any of the points."""
    area, height = 0.0, 0.0
    for x, y in sorted(points.tolist(), reverse=True):
        area += x * max(0.0, y - height)
        height = max(height, y)
    return area


@dataclass
class _Fronts:
    """Records the front of the complete trials, whenever it changes."""

    front: Front[int] = field(default_factory=lambda: Front(BOTH.directions))
    found: list[tuple[float, list[int]]] = field(default_factory=list)

    def __call__(self, now: float, event: events.Event) -> None:
        if isinstance(event, events.TrialEnded) and event.trial.state is TrialState.COMPLETE:
            self.front.add(event.trial.params[CONFIGURATION], event.trial.values)
            self.found.append((now, self.front.members))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", default="mnist_dense", choices=SHAPES)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trainings", type=int, default=50, help="in full, in as many steps")
    parser.add_argument("--dry", action="store_true", help="write no table")
    arguments = parser.parse_args()
    trainings = _trainings(arguments.study)
    steps = arguments.trainings * trainings.max_steps
    moments = np.linspace(0, steps, 201)
    with ProcessPoolExecutor(2, initializer=_quietly) as pool:
        one = partial(_search, arguments.study, moments)
        curves = {
            method.name: np.array(list(pool.map(partial(one, method), range(arguments.seeds))))
            for method in _methods()
        }
    recorded = Recorded(arguments.study)
    text = (
        f"Recorded on {recorded.about['machine']}: {len(recorded.params)} configurations of "
        f"{arguments.study} with {recorded.n_seeds} seeds each. {steps} steps, "
        f"{arguments.seeds} searches a method.\n\n{_table(curves, moments)}\n"
    )
    if arguments.dry:
        print(text)
    else:
        write_result(f"several-metrics-{arguments.study}", text)


@cache
def _trainings(study: str) -> TwoMetrics:
    return TwoMetrics(Recorded(study), study)


def _methods() -> list[Method]:
    methods = [Method(FULL, objective=BOTH)]
    alone = _AccuracyAlone(BOTH.metrics, BOTH.directions)
    for n_rungs, factor in RUNGS:
        name = f"--rungs {n_rungs} --reduction-factor {factor}"
        methods.append(Method(name, scheduler=Rungs(n_rungs, factor), objective=BOTH))
    name = f"--rungs 3 --reduction-factor 4, {ALONE}"
    return [*methods, Method(name, scheduler=Rungs(3, 4), objective=alone)]


def _search(
    study: str, moments: NDArray[np.float64], method: Method, seed: int
) -> NDArray[np.float64]:
    """The hypervolume of the chosen front at each moment."""
    trainings, fronts = _trainings(study), _Fronts()
    every = trainings.max_steps
    replay(trainings, method, seed, float(moments[-1]), fronts, jobs=1, every=every)
    curve = np.zeros(len(moments))
    for now, chosen in fronts.found:
        curve[moments >= now] = trainings.hypervolume(chosen)
    return curve


def _table(curves: Mapping[str, NDArray[np.float64]], moments: NDArray[np.float64]) -> str:
    level = curves[FULL][:, -1].mean()
    head = ["", "of the steps to the level", *(f"after {share:.0%}" for share in SHARES)]
    rows = [head, ["---"] * len(head)]
    for name, curve in curves.items():
        reached = np.flatnonzero(curve.mean(axis=0) >= level - 1e-9)
        time = f"{moments[reached[0]] / moments[-1]:.2f}" if len(reached) else "never"
        at = [round(share * (len(moments) - 1)) for share in SHARES]
        rows.append([name, time, *(_mean(curve[:, i]) for i in at)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    main()
