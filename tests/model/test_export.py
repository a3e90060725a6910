"""An exported trial: what is refused, and the card that comes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweep.errors import StorageError, StudyError, UsageError
from sweep.model.finding import find_trained
from sweep.model.trained import StudyLocation, TrainedTrial
from sweep.study.loader import take_study

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture
def trained(digits_mlp: Path) -> TrainedTrial:
    """The best trial of two; its records may be changed."""
    return find_trained(take_study("digits_mlp"), None, StudyLocation(results=digits_mlp))


def export(trained: TrainedTrial, directory: Path, tolerance: float = 1e-5) -> dict[str, Any]:
    from sweep.model.export import export_trial

    return export_trial(trained, directory, tolerance)


def test_an_export_leaves_the_trials_folder_as_it_was(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    before = _contents(trained.paths.folder)
    export(trained, tmp_path / "model")
    assert _contents(trained.paths.folder) == before


def test_a_metric_other_than_the_recorded_is_refused_unless_it_is_close_enough(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    accuracy = trained.frozen.value
    assert accuracy is not None
    trained.frozen.set_user_attr("metrics_accuracy", accuracy * 1.001)
    with pytest.raises(StorageError) as raised:
        export(trained, tmp_path / "model")
    assert str(raised.value) == (
        f"Trial {trained.frozen.number} does not have its recorded metrics: accuracy is now "
        f"{accuracy}, but {accuracy * 1.001} was recorded, and the --tolerance is 1e-05. If "
        "evaluations vary more than that, for example on random data or on another kind of "
        "processor, give a larger --tolerance."
    )
    assert list(tmp_path.iterdir()) == []
    export(trained, tmp_path / "model", tolerance=0.01)


def test_what_the_order_of_a_float32_sum_moves_is_exported_and_the_card_says_how_much(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    loss = trained.frozen.user_attrs["metrics_loss"]
    trained.frozen.set_user_attr("metrics_loss", loss * (1 + 1e-6))
    with pytest.raises(StorageError, match=r"loss is .* and the --tolerance is 0"):
        export(trained, tmp_path / "model", tolerance=0)
    comparison = export(trained, tmp_path / "model")["comparison"]
    assert comparison["compared"] == ["accuracy", "loss", "global_step"]
    assert comparison["tolerance"] == 1e-5
    assert comparison["largest_difference"] == pytest.approx(1e-6, rel=0.5)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    assert "accuracy, loss, global_step were compared with the values in the study" in card
    assert f"{comparison['largest_difference']:.3g}; the tolerance is 1e-05." in card


def test_what_lies_near_zero_may_differ_by_what_float32_keeps_of_larger_terms(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    from sweep.model.export import _require_same

    trained.frozen.user_attrs = {"metrics_bias": 2e-8}
    assert _require_same(trained, {"bias": -3e-8}, 1e-5).largest_difference < 1e-5
    with pytest.raises(StorageError):
        _require_same(trained, {"bias": 2e-7}, 1e-5)


def test_a_trial_that_was_never_evaluated_is_refused(trained: TrainedTrial, tmp_path: Path) -> None:
    trained.frozen.user_attrs = {"attempts": 1}
    with pytest.raises(StorageError, match="has no evaluation to compare its model with"):
        export(trained, tmp_path / "model")


def test_a_directory_that_holds_something_is_refused(trained: TrainedTrial, tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(UsageError) as raised:
        export(trained, tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} is not empty: give a directory that does not exist yet."
    )


def test_a_changed_study_file_that_builds_another_model_is_named(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    layers = trained.params["layers"]
    deeper = {**trained.params, "layers": layers + 1, f"units_{layers}": 8}
    changed = replace(trained, params=deeper, study_file_has_changed=True)
    with pytest.raises(StudyError) as raised:
        export(changed, tmp_path / "model")
    assert str(raised.value).startswith(
        f"{trained.study.file} has changed since trial {trained.frozen.number} was trained, and "
        "its model no longer fits the checkpoint: "
    )
    assert "\n" not in str(raised.value)


def test_a_model_fn_without_predictions_is_told_in_a_sentence(
    trained: TrainedTrial, tmp_path: Path
) -> None:
    import tensorflow as tf

    build = trained.study.spec.build
    assert build is not None

    def without_predictions(params: dict[str, Any], config: Any) -> Any:
        trial_spec = build(params, config)

        def model_fn(features: Any, labels: Any, mode: str) -> Any:
            if mode == tf.estimator.ModeKeys.PREDICT:
                assert labels is not None, "there are no labels"
            return trial_spec.estimator.model_fn(features, labels, mode, config)

        return trial_spec._replace(estimator=tf.estimator.Estimator(model_fn, config=config))

    spec = replace(trained.study.spec, build=without_predictions)
    study = replace(trained.study, spec=spec)
    with pytest.raises(StudyError) as raised:
        export(replace(trained, study=study), tmp_path / "model")
    said = str(raised.value)
    assert said.startswith(
        f"The model of trial {trained.frozen.number} fails in the mode PREDICT, in which no sweep "
        "has built it, with AssertionError: there are no labels"
    )
    assert said.endswith(
        "There are no labels in this mode: a model_fn returns tf.estimator.EstimatorSpec(mode, "
        "predictions=…) before it computes the loss."
    )
    assert list(tmp_path.iterdir()) == []


def test_the_study_may_name_what_its_model_is_fed(trained: TrainedTrial, tmp_path: Path) -> None:
    receiver = _receiver_of_bytes()
    spec = replace(trained.study.spec, serving_input_receiver_fn=receiver)
    card = export(replace(trained, study=replace(trained.study, spec=spec)), tmp_path / "model")
    assert card["signatures"]["serving_default"]["inputs"] == {
        "pixels": {"dtype": "uint8", "shape": [None, 8, 8]}
    }


def _receiver_of_bytes() -> Callable[[], Any]:
    def receiver() -> Any:
        import tensorflow as tf

        pixels = tf.compat.v1.placeholder(tf.uint8, [None, 8, 8])
        image = tf.reshape(tf.cast(pixels, tf.float32) / 255, [-1, 64])
        return tf.estimator.export.ServingInputReceiver({"image": image}, {"pixels": pixels})

    return receiver


def _contents(folder: Path) -> dict[Path, bytes | None]:
    return {p: p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}
