"""Optuna's own loop: python optuna_loop.py WORKLOAD FOLDER N_TRIALS N_JOBS [SECONDS [SEED]]"""

from __future__ import annotations

import sys
from pathlib import Path

import optuna
from workload import evaluate, load

file, folder, n_trials, n_jobs = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
seconds = float(sys.argv[5]) if sys.argv[5:] else None
seed = int(sys.argv[6]) if sys.argv[6:] else None
workload = load(file)
study = optuna.create_study(
    direction="maximize",
    sampler=optuna.samplers.TPESampler(seed=seed),
    storage=f"sqlite:///{folder}/studies.db",
    study_name=file.stem,
)
study.optimize(
    lambda trial: evaluate(workload, workload.search_space(trial), folder),
    n_trials=n_trials,
    n_jobs=n_jobs,
    timeout=seconds,
)
assert seconds or len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])) == n_trials
