"""Hyperparameter sweeps of TensorFlow Estimator models.

A study file declares a StudySpec. `run` sweeps it into an Optuna study. The functions called
`load_…` load results as DataFrames and the models of trials, and `plots` draws results. Importing
`sweep` imports neither TensorFlow nor Optuna nor pandas: the first use of a name that needs them
does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sweep.errors import SweepError

if TYPE_CHECKING:
    from sweep import estimator
    from sweep.estimator.trial_spec import TrialSpec
    from sweep.flow.launch import run
    from sweep.listeners.to_mlflow import MLflowListener
    from sweep.listeners.to_wandb import WandbListener
    from sweep.model.loading import load_estimator, load_trial_spec
    from sweep.program.program import Program
    from sweep.report import plots
    from sweep.results.data import load_study
    from sweep.results.importances import load_importances
    from sweep.results.tables import load_curves, load_trials
    from sweep.schedule.confirmation import Confirmation
    from sweep.schedule.population import Population
    from sweep.schedule.repeats import Repeats
    from sweep.schedule.rungs import Rungs
    from sweep.study.cluster import Cluster
    from sweep.study.spec import StudySpec
    from sweep.viewers.notebook import NotebookView

__all__ = [
    "Cluster",
    "Confirmation",
    "MLflowListener",
    "NotebookView",
    "Population",
    "Program",
    "Repeats",
    "Rungs",
    "StudySpec",
    "SweepError",
    "TrialSpec",
    "WandbListener",
    "estimator",
    "load_curves",
    "load_estimator",
    "load_importances",
    "load_study",
    "load_trial_spec",
    "load_trials",
    "plots",
    "run",
]

_MODULES = {"estimator": "sweep.estimator", "plots": "sweep.report.plots"}
_LATER = {
    "Confirmation": "sweep.schedule.confirmation",
    "Cluster": "sweep.study.cluster",
    "MLflowListener": "sweep.listeners.to_mlflow",
    "NotebookView": "sweep.viewers.notebook",
    "Population": "sweep.schedule.population",
    "Program": "sweep.program.program",
    "Repeats": "sweep.schedule.repeats",
    "Rungs": "sweep.schedule.rungs",
    "StudySpec": "sweep.study.spec",
    "TrialSpec": "sweep.estimator.trial_spec",
    "WandbListener": "sweep.listeners.to_wandb",
    "run": "sweep.flow.launch",
    "load_curves": "sweep.results.tables",
    "load_estimator": "sweep.model.loading",
    "load_importances": "sweep.results.importances",
    "load_study": "sweep.results.data",
    "load_trial_spec": "sweep.model.loading",
    "load_trials": "sweep.results.tables",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
