"""Optuna's own loop: python optuna_loop.py WORKLOAD FOLDER N_TRIALS N_JOBS"""

from __future__ import annotations

import sys
from pathlib import Path

import optuna
from workload import evaluate, load

file, folder, n_trials, n_jobs = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:])
workload = load(file)
study = optuna.create_study(
    direction="maximize", storage=f"sqlite:///{folder}/studies.db", study_name=file.stem
)
study.optimize(
    lambda trial: evaluate(workload, workload.search_space(trial), folder),
    n_trials=n_trials,
    n_jobs=n_jobs,
)
assert len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])) == n_trials
