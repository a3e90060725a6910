"""Compares schedulers, pruners and samplers over recorded trainings, in virtual time.

    python benchmarks/schedulers.py [--study digits_mlp] [--seeds 100] [--trainings 50]

Each method searches once for each seed, two trials at a time, for as long as training this many
configurations in full takes. Its choice is its best complete trial, as in `sweep best`, or any
configuration until one is complete. What counts is the true mean of that configuration over its
recorded seeds, because the value that a search has seen is the best of many noisy ones. The level
is the mean, over all searches, of what full training has at the end.

Schedulers and pruners sample at random and search over the recorded configurations themselves.
Samplers (--samplers) search over a random forest that was fitted to them (see `recorded.py`), which
takes longer: ten seeds take minutes.
"""

from __future__ import annotations

import argparse
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

import numpy as np
import optuna
from machine import write_result
from numpy.typing import NDArray
from recorded import Forest, Recorded, Table, Trainings, fit_of
from replayed import START, Choice, Method, search

from sweep import Rungs

N_JOBS = 2
N_MOMENTS = 600
FULL = "in full"
PRUNERS = ("median", "hyperband", "asha")
RUNGS = ((2, 2), (2, 4), (2, 8), (3, 2), (3, 3), (3, 4))
SAMPLERS = ("random", "tpe", "gp", "cmaes")

Curves = NDArray[np.float64]
"""A row for each seed: the true mean of the choice at each moment."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", default="digits_mlp", help="the study that was recorded")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trainings", type=int, default=50, help="in full, in the time")
    parser.add_argument("--samplers", action="store_true", help="compare samplers under rungs")
    parser.add_argument("--only", metavar="METHOD", action="append", help="as the table has it")
    parser.add_argument("--dry", action="store_true", help="write no table")
    arguments = parser.parse_args()
    trainings = _trainings(arguments.study, arguments.samplers)
    methods = list(_samplers() if arguments.samplers else _schedulers())
    if arguments.only:
        methods = [m for m in methods if m.name in (FULL, *arguments.only)]
    seconds = _seconds(arguments.study, trainings, arguments.trainings)
    seeds = range(arguments.seeds)
    with ProcessPoolExecutor(N_JOBS, initializer=_quietly) as pool:
        one = partial(_search, arguments.study, arguments.samplers, seconds)
        found = {method.name: list(pool.map(partial(one, method), seeds)) for method in methods}
    table = _table(found, trainings, seconds)
    name = f"{'samplers' if arguments.samplers else 'schedulers'}-{arguments.study}"
    text = f"{_about(arguments.study, arguments, seconds)}\n\n{table}\n"
    if arguments.dry:
        print(text)
    else:
        write_result(name, text)


@cache
def _recorded(study: str) -> Recorded:
    return Recorded(study)


@cache
def _trainings(study: str, any_params: bool) -> Trainings:
    return Forest(_recorded(study)) if any_params else Table(_recorded(study))


def _schedulers() -> Iterator[Method]:
    yield Method(FULL)
    for pruner in PRUNERS:
        yield Method(f"--pruner {pruner}", pruner=pruner)
        yield Method(f"--pruner {pruner}, 10 evaluations", pruner=pruner, n_evaluations=10)
    for n_rungs, factor in RUNGS:
        yield _rungs(n_rungs, factor)
    yield Method("--rungs 3 --brackets 2", scheduler=Rungs(3, 3, 2))


def _rungs(n_rungs: int, factor: int, sampler: str = "random") -> Method:
    chosen = "" if sampler == "random" else f"--sampler {sampler} "
    name = f"{chosen}--rungs {n_rungs} --reduction-factor {factor}"
    return Method(name, sampler=sampler, scheduler=Rungs(n_rungs, factor))


def _samplers() -> Iterator[Method]:
    yield Method(FULL)
    for sampler in SAMPLERS:
        if sampler != "random":
            yield Method(f"--sampler {sampler} {FULL}", sampler=sampler)
        yield _rungs(3, 4, sampler)


def _quietly() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def _seconds(study: str, trainings: Trainings, n: int) -> float:
    """How long it takes to train `n` configurations in full, N_JOBS at a time."""
    every = _recorded(study).about["save_checkpoints_steps"]
    n_evaluations = math.ceil(trainings.max_steps / every)
    costs = _recorded(study).costs
    whole = [c.fixed + trainings.max_steps * c.step + n_evaluations * c.evaluation for c in costs]
    return n * (float(np.mean(whole)) + START) / N_JOBS


def _search(
    study: str, any_params: bool, seconds: float, method: Method, seed: int
) -> Sequence[Choice]:
    every = _recorded(study).about["save_checkpoints_steps"]
    trainings = _trainings(study, any_params)
    return search(trainings, method, seed, seconds, jobs=N_JOBS, every=every)


def _table(found: dict[str, list[Sequence[Choice]]], trainings: Trainings, seconds: float) -> str:
    moments = np.linspace(0, seconds, N_MOMENTS + 1)
    curves = {name: _curves(searches, trainings, moments) for name, searches in found.items()}
    level = curves[FULL][:, -1].mean()
    times = {name: _time_to(level, curve, moments) for name, curve in curves.items()}
    order = sorted(curves, key=lambda name: (times[name], -curves[name][:, -1].mean()))
    head = ("", "s to the level", "of the time", "after a third", "after a half", "at the end")
    head = (*head, "seen at the end")
    rows = [head, ("---",) * len(head)]
    for name in order:
        curve, time = curves[name], times[name]
        reached = (
            (f"{time:.0f}", f"{time / seconds:.2f}") if math.isfinite(time) else ("never", "-")
        )
        at = (N_MOMENTS // 3, N_MOMENTS // 2, N_MOMENTS)
        seen = np.mean([choices[-1].value for choices in found[name] if choices])
        rows.append((name, *reached, *(_mean(curve[:, i]) for i in at), f"{seen:.4f}"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _curves(
    searches: Sequence[Sequence[Choice]], trainings: Trainings, moments: NDArray[np.float64]
) -> Curves:
    curves = np.full((len(searches), len(moments)), trainings.mean)
    for curve, choices in zip(curves, searches, strict=True):
        for choice in choices:
            curve[moments >= choice.seconds] = choice.true_mean
    return curves


def _time_to(level: float, curves: Curves, moments: NDArray[np.float64]) -> float:
    """When the mean of all searches reaches the level."""
    reached = np.flatnonzero(curves.mean(axis=0) >= level - 1e-9)
    return float(moments[reached[0]]) if len(reached) else math.inf


def _mean(values: NDArray[np.float64]) -> str:
    """The mean, and its standard error in the last digits."""
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return f"{values.mean():.4f} ± {error:.4f}"


def _about(study: str, arguments: argparse.Namespace, seconds: float) -> str:
    recorded = _recorded(study)
    over = f"{len(recorded.curves)} configurations of {study} with {recorded.n_seeds} seeds each"
    how = f"{seconds:.0f} virtual s, {N_JOBS} at a time, {arguments.seeds} searches a method"
    text = f"Recorded on {recorded.about['machine']}: {over}. {how}."
    if not arguments.samplers:
        return text
    fit, _ = fit_of(recorded)
    return f"{text} The forest orders unseen configurations with a rank correlation of {fit:.2f}."


if __name__ == "__main__":
    main()
