"""Ray Tune with ASHA and OptunaSearch.

    python ray_asha.py WORKLOAD FOLDER N_JOBS SECONDS SEED N_RUNGS REDUCTION_FACTOR

The reports of the trials, with their times, are written to evaluations.csv in the folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch
from workload import build, load, train_in_legs

COLUMNS = ["timestamp", "accuracy"]
PEERS = Path(__file__).parent

file, folder, n_jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
seconds, seed = float(sys.argv[4]), int(sys.argv[5])
n_rungs, reduction_factor = int(sys.argv[6]), int(sys.argv[7])
workload = load(file)
example = workload.search_space(optuna.create_study().ask())
max_steps = build(workload, dict(example), folder).train_spec.max_steps
rungs = [round(max_steps * reduction_factor**-rung) for rung in reversed(range(n_rungs))]


def trainable(params: dict[str, Any]) -> None:
    for step, accuracy in train_in_legs(load(file), params, folder, rungs):
        tune.report({"steps": step, "accuracy": accuracy})


threads = {name: os.environ[name] for name in os.environ if name.endswith("_THREADS")}
variables = {"PYTHONPATH": f"{PEERS}:{os.environ['PYTHONPATH']}", **threads}
ray.init(include_dashboard=False, runtime_env={"env_vars": variables})
tuner = tune.Tuner(
    trainable,
    tune_config=tune.TuneConfig(
        num_samples=-1,
        time_budget_s=seconds,
        max_concurrent_trials=n_jobs,
        reuse_actors=True,  # so that a trial need not import TensorFlow
        search_alg=OptunaSearch(workload.search_space, metric="accuracy", mode="max", seed=seed),
        scheduler=ASHAScheduler(
            time_attr="steps",
            metric="accuracy",
            mode="max",
            max_t=max_steps,
            grace_period=rungs[0],
            reduction_factor=reduction_factor,
        ),
    ),
    run_config=tune.RunConfig(storage_path=str(folder), name=file.stem, verbose=0),
)
frames = [result.metrics_dataframe for result in tuner.fit()]
# The result of a trial that has not reported yet is None, or has no columns.
found = [frame.reindex(columns=COLUMNS) for frame in frames if frame is not None]
pd.concat(found).dropna().to_csv(folder / "evaluations.csv", index=False)
