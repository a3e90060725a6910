"""Hyperparameter sweeps of TensorFlow Estimator models.

A study file declares a StudySpec; `run` sweeps it into an Optuna study, and `load_trials` reads
the result as a DataFrame. Importing `sweep` imports no TensorFlow.
"""

from sweep.study.spec import StudySpec, TrialSpec

__all__ = ["StudySpec", "TrialSpec"]
