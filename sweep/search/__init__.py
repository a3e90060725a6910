"""Which params come next: Optuna's samplers and pruners by name, and the seeds of a study."""
