"""The reference workload with ten evaluations."""

from __future__ import annotations

from dense import study_on
from digits import eval_input_fn, train_input_fn

STUDY = study_on(train_input_fn, eval_input_fn, n_evaluations=10)
