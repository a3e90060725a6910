"""Chooses the next params: Optuna's samplers and pruners by name, and the seeds of a study."""
