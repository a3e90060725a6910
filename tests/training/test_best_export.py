"""The best model that a training exports, in legs and after an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from sweep.schedule.leg import Leg
from sweep.trial.messages import Downward, Evaluated, Stop, Upward
from sweep.trial.outcome import AttemptState
from tests.trial.attempts import Listening, attempt, input_fn, model_fn, study, trained_on

pytestmark = pytest.mark.tensorflow


def is_better(best_eval_result: dict[str, Any], current_eval_result: dict[str, Any]) -> bool:
    return bool(current_eval_result["error"] < best_eval_result["error"])


def serving_input_receiver_fn() -> Any:
    fed = tf.compat.v1.placeholder(tf.float32, [None, 1])
    return tf.estimator.export.ServingInputReceiver(fed, fed)


def best_at(best: int, **exporter: Any) -> Any:
    """A study of a model that is the worse the further it is from its best step."""

    def model(features: tf.Tensor, labels: tf.Tensor, mode: str) -> Any:
        if mode == tf.estimator.ModeKeys.PREDICT:
            predicted = tf.compat.v1.layers.dense(features["feature"], 1)
            outputs = {"serving_default": tf.estimator.export.PredictOutput(predicted)}
            return tf.estimator.EstimatorSpec(mode, predictions=predicted, export_outputs=outputs)
        step = tf.cast(tf.compat.v1.train.get_global_step(), tf.float32)
        error = tf.compat.v1.metrics.mean(tf.abs(step - best))
        return model_fn(features, labels, mode)._replace(eval_metric_ops={"error": error})

    def build(params: dict[str, Any], config: Any) -> Any:
        exporters = tf.estimator.BestExporter(
            "best", serving_input_receiver_fn, compare_fn=is_better, **exporter
        )
        return trained_on(input_fn, model, exporters=exporters)(params, config)

    return study(build, metric="error")


def exported(folder: Path) -> list[int]:
    """The steps of the models that were exported, the oldest first."""
    exports = sorted((folder / "model/export/best").iterdir())
    variables = [
        tf.train.load_checkpoint(str(export / "variables/variables")) for export in exports
    ]
    return [int(checkpoint.get_tensor("global_step")) for checkpoint in variables]


@pytest.mark.parametrize("pattern", ["eval/*.tfevents.*", None])
@pytest.mark.parametrize(("best", "steps"), [(0, [5]), (15, [5, 15])])
def test_legs_export_what_is_better_than_all_before(
    tmp_path: Path, pattern: str | None, best: int, steps: list[int]
) -> None:
    spec = best_at(best, event_file_pattern=pattern)
    first, second = tmp_path / "trial-0000", tmp_path / "trial-0001"
    assert attempt(spec, first, leg=Leg(share=0.5)).state is AttemptState.PAUSED
    attempt(spec, second, number=1, leg=Leg(0))
    assert (exported(first), exported(second)) == ([5], steps)


class Stopping(Listening):
    """Stops the attempt after its first evaluation."""

    def send(self, message: Upward, /) -> None:
        if isinstance(message, Evaluated):
            self._answers: list[Downward] = [Stop()]
        super().send(message)


def test_an_attempt_that_goes_on_knows_the_best_of_the_one_before(tmp_path: Path) -> None:
    spec = best_at(0)
    assert attempt(spec, tmp_path, Stopping()).state is AttemptState.WAITING
    assert attempt(spec, tmp_path, attempt=2).state is AttemptState.COMPLETE
    assert exported(tmp_path) == [5]
