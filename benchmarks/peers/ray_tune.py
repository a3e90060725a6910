"""Ray Tune with OptunaSearch: python ray_tune.py WORKLOAD FOLDER N_TRIALS N_JOBS new|reused

RAY_ADDRESS is the address of its cluster; without it, Ray is started.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.search.optuna import OptunaSearch

PEERS = Path(__file__).parent
sys.path.append(str(PEERS.parent))
from reference import LEARNING_RATES  # noqa: E402

file, folder, actors = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[5]
n_trials, n_jobs = int(sys.argv[3]), int(sys.argv[4])


def trainable(params: dict[str, Any]) -> None:
    from workload import evaluate, load

    tune.report({"accuracy": evaluate(load(file), params, folder)})


threads = {name: os.environ[name] for name in os.environ if name.endswith("_THREADS")}
variables = {"PYTHONPATH": f"{PEERS}:{os.environ['PYTHONPATH']}", **threads}
started = {} if "RAY_ADDRESS" in os.environ else {"include_dashboard": False}
ray.init(**started, runtime_env={"env_vars": variables})
tuner = tune.Tuner(
    trainable,
    param_space={"learning_rate": tune.loguniform(*LEARNING_RATES)},
    tune_config=tune.TuneConfig(
        metric="accuracy",
        mode="max",
        num_samples=n_trials,
        search_alg=OptunaSearch(),
        max_concurrent_trials=n_jobs,
        reuse_actors=actors == "reused",
    ),
    run_config=tune.RunConfig(storage_path=str(folder), name=file.stem, verbose=0),
)
results = tuner.fit()
assert len(results) - results.num_errors == n_trials
