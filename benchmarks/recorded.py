"""Trainings that `record_trainings.py` recorded, and estimates for params that were not trained.

A `Table` has each configuration that was trained, with all its seeds: a search over it uses only
real values. A sampler that learns asks for params between those. For them, `Forest` predicts the
curve that a random forest learned from the configurations' mean curves (Eggensperger et al.,
"Efficient Benchmarking of Hyperparameter Optimizers via Surrogates", AAAI 2015), and adds the noise
of one seed of the nearest configuration: how far that training was from its mean curve. The cost of
training is learned in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import optuna
import pandas as pd
from machine import RESULTS
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, json_to_distribution
from sklearn.ensemble import RandomForestRegressor

METRIC = "accuracy"
CONFIGURATION = "configuration"
N_TREES = 200
LEAST_ERROR = 1e-3
"""Added to an error rate before its logarithm is learned."""

Array = NDArray[np.float64]


def files_of(study: str) -> tuple[Path, Path]:
    """The files with the recorded trainings of a study, and with the facts about them."""
    return RESULTS / f"trainings-{study}.csv.gz", RESULTS / f"trainings-{study}.json"


@dataclass(frozen=True)
class Cost:
    """The cost of a training, in seconds on an idle core."""

    fixed: float
    """For an attempt: its graphs, its session, its end."""
    step: float
    """For one step."""
    evaluation: float
    """For a checkpoint and its evaluation."""


@dataclass(frozen=True)
class Training:
    """One training, from its first evaluation to its last."""

    steps: Array
    """The steps of its evaluations."""
    curve: Array
    """The accuracy at each evaluation."""
    cost: Cost
    others: Mapping[str, float] = field(default_factory=dict)
    """Metrics that are the same at each evaluation."""

    def nearest(self, step: float) -> int:
        """The index of the evaluation nearest to a step."""
        return int(np.abs(self.steps - step).argmin())


class Trainings(Protocol):
    """The trainings that a search can use."""

    n_seeds: int

    @property
    def max_steps(self) -> int:
        """The number of steps of a training."""

    def search_space(self, trial: optuna.Trial) -> dict[str, Any]:
        """The search space of a search."""

    def training(self, params: Mapping[str, Any], seed: int) -> Training:
        """The training of these params with one of the seeds, 0 to n_seeds - 1."""

    def true_mean(self, params: Mapping[str, Any]) -> float:
        """The mean over all seeds of the accuracy at the end with these params."""

    @property
    def mean(self) -> float:
        """The mean of that over all configurations, which is what a blind choice gets."""


class Recorded:
    """What was recorded of a study: `configurations` and the curves of each."""

    def __init__(self, study: str) -> None:
        rows_file, about_file = files_of(study)
        self.about: dict[str, Any] = json.loads(about_file.read_text(encoding="utf-8"))
        rows = pd.read_csv(rows_file)
        self.steps = np.sort(rows["step"].unique()).astype(float)
        # An interrupted training has only the evaluations of its last attempt.
        curves = rows.pivot_table(METRIC, [CONFIGURATION, "seed"], "step").dropna()
        n_seeds = curves.groupby(CONFIGURATION).size()
        self.n_seeds = int(n_seeds.max())
        whole = n_seeds.index[n_seeds == self.n_seeds]
        params = rows.drop_duplicates(CONFIGURATION).set_index(CONFIGURATION).loc[whole]
        params = params.filter(like="params_").rename(columns=lambda c: c.removeprefix("params_"))
        self.params = [row.dropna().to_dict() for _, row in params.iterrows()]
        self.curves: Array = np.array([curves.loc[number].to_numpy() for number in whole])
        """By configuration, seed and evaluation."""
        self.costs = [_cost(rows[rows[CONFIGURATION] == number]) for number in whole]

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What the params were drawn from."""
        known = self.about["distributions"]
        return {name: json_to_distribution(text) for name, text in known.items()}

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """Params as the study suggests them: a layer that does not exist has no width."""
        params: dict[str, Any] = {}
        for name, distribution in self.distributions.items():
            if name.startswith("units_") and int(name.removeprefix("units_")) >= params["layers"]:
                continue
            params[name] = trial._suggest(name, distribution)
        return params


def _cost(rows: pd.DataFrame) -> Cost:
    """The cost of the trainings of one configuration; medians, because of disturbances."""
    found = []
    for _, training in rows.groupby("seed"):
        spent = training.sort_values("step")
        steps, times = spent["step"].to_numpy(), spent["step_seconds"].to_numpy()
        step = float(np.median(np.diff(times) / np.diff(steps)))
        evaluation = float(np.median(np.diff(spent["evaluation_seconds"].to_numpy())))
        whole = float(spent["all_seconds"].iloc[0])
        found.append((whole - step * steps[-1] - evaluation * len(steps), step, evaluation))
    return Cost(*map(float, np.median(found, axis=0)))


class Table:
    """The recorded configurations; a search chooses one by its number."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._finals = recorded.curves[:, :, -1].mean(axis=1)
        self.n_seeds = recorded.n_seeds
        self.max_steps = int(recorded.steps[-1])
        self.mean = float(self._finals.mean())

    def search_space(self, trial: optuna.Trial) -> dict[str, Any]:
        return {CONFIGURATION: trial.suggest_int(CONFIGURATION, 0, len(self._finals) - 1)}

    def training(self, params: Mapping[str, Any], seed: int) -> Training:
        number, known = params[CONFIGURATION], self._recorded
        return Training(known.steps, known.curves[number, seed], known.costs[number])

    def true_mean(self, params: Mapping[str, Any]) -> float:
        return float(self._finals[params[CONFIGURATION]])


class Forest:
    """Any params, with curves learned from the recorded ones."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self.n_seeds = recorded.n_seeds
        self.max_steps = int(recorded.steps[-1])
        self._points = np.array([self._point(params) for params in recorded.params])
        means = recorded.curves.mean(axis=1)
        self._noise = recorded.curves - means[:, None]
        costs = [(cost.fixed, cost.step, cost.evaluation) for cost in recorded.costs]
        self._curves = _forest().fit(self._points, np.log(1 - means + LEAST_ERROR))
        self._costs = _forest().fit(self._points, np.log(costs))
        self._known: dict[bytes, tuple[Array, Cost, int]] = {}
        self.mean = float(np.mean([self.true_mean(params) for params in recorded.params]))

    def search_space(self, trial: optuna.Trial) -> dict[str, Any]:
        return self._recorded.suggest(trial)

    def training(self, params: Mapping[str, Any], seed: int) -> Training:
        curve, cost, nearest = self._learned(params)
        noisy = np.clip(curve + self._noise[nearest, seed], 0, 1)
        return Training(self._recorded.steps, noisy, cost)

    def true_mean(self, params: Mapping[str, Any]) -> float:
        return float(self._learned(params)[0][-1])

    def _learned(self, params: Mapping[str, Any]) -> tuple[Array, Cost, int]:
        point = self._point(params)
        if (key := point.tobytes()) not in self._known:
            curve = 1 + LEAST_ERROR - np.exp(self._curves.predict([point])[0])
            cost = Cost(*np.exp(self._costs.predict([point])[0]))
            nearest = int(((self._points - point) ** 2).sum(axis=1).argmin())
            self._known[key] = curve, cost, nearest
        return self._known[key]

    def _point(self, params: Mapping[str, Any]) -> Array:
        """Params as numbers from 0 to 1; a missing one is -1."""
        known = self._recorded.distributions
        return np.array([_scaled(known[name], params.get(name)) for name in known])


def _forest() -> RandomForestRegressor:
    return RandomForestRegressor(N_TREES, min_samples_leaf=1, random_state=0)


def _scaled(distribution: BaseDistribution, value: Any) -> float:
    if value is None:
        return -1.0
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices.index(value) / (len(distribution.choices) - 1)
    low, high = distribution.low, distribution.high  # type: ignore[attr-defined]
    if distribution.log:  # type: ignore[attr-defined]
        value, low, high = np.log([value, low, high])
    return float((value - low) / (high - low))


def fit_of(recorded: Recorded, n_folds: int = 5) -> tuple[float, Sequence[float]]:
    """How well a forest orders configurations that it was not trained on.

    Returns:
        Spearman's rank correlation of their true means at the end, overall and for each fold.
    """
    forest = Forest(recorded)
    finals = recorded.curves[:, :, -1].mean(axis=1)
    order = np.random.default_rng(0).permutation(len(finals))
    found = []
    for held_out in np.array_split(order, n_folds):
        rest = np.setdiff1d(order, held_out)
        learned = _forest().fit(forest._points[rest], np.log(1 - finals[rest] + LEAST_ERROR))
        guessed = pd.Series(-learned.predict(forest._points[held_out]))
        found.append(float(guessed.corr(pd.Series(finals[held_out]), method="spearman")))
    return float(np.mean(found)), found
