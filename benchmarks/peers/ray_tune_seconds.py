"""Ray Tune, trials that sleep for a second: python ray_tune_seconds.py FOLDER N_TRIALS N_JOBS"""

from __future__ import annotations

import sys
import time
from typing import Any

import ray
from ray import tune

folder, n_trials, n_jobs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def trainable(params: dict[str, Any]) -> None:
    time.sleep(1.0)
    tune.report({"score": params["x"]})


ray.init()
tuner = tune.Tuner(
    trainable,
    param_space={"x": tune.uniform(0, 1)},
    tune_config=tune.TuneConfig(
        metric="score",
        mode="max",
        num_samples=n_trials,
        max_concurrent_trials=n_jobs,
        reuse_actors=True,
    ),
    run_config=tune.RunConfig(storage_path=folder, name="seconds", verbose=0),
)
results = tuner.fit()
assert len(results) - results.num_errors == n_trials
