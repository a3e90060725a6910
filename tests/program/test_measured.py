"""Which metrics a program's files name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.program.measured import measured
from sweep.program.sources import read_sources


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("EstimatorSpec(mode, eval_metric_ops={'accuracy': a, 'auc': b})", ("accuracy", "auc")),
        ("EstimatorSpec(mode, eval_metric_ops=dict(rmse=a))", ("rmse",)),
        (
            "ops = {'f1': a}\nops['recall'] = b\nEstimatorSpec(eval_metric_ops=ops)",
            ("f1", "recall"),
        ),
        ("tf.estimator.DNNClassifier(columns)", ("accuracy",)),
        ("tf.estimator.LinearRegressor(columns)", ("average_loss",)),
        ("model.compile('adam', loss='mse', metrics=['mae', metric])", ("mae",)),
        ("params = {'accuracy': 1}", ()),
    ],
)
def test_a_metric_is_known_wherever_an_evaluation_gets_it(
    tmp_path: Path, code: str, names: tuple[str, ...]
) -> None:
    file = tmp_path / "task.py"
    file.write_text(code)
    assert measured(read_sources(file, tmp_path)) == names
