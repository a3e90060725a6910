"""A trial as a SavedModel: measured once more, so that what leaves is what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf

from sweep import attrs
from sweep.errors import StorageError, UsageError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.atomic import write_json
from sweep.folder.layout import TrialFolder
from sweep.model.features import features_of
from sweep.model.trained import TrainedTrial

CARD = "MODEL_CARD.md"
CARD_FOR_PROGRAMS = "model_card.json"
PACKAGES = ("tensorflow-estimator", "tf-keras", "optuna", "sweep")

_DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


def export_trial(trained: TrainedTrial, directory: Path, tolerance: float = 0.0) -> dict[str, Any]:
    """Evaluates a trial's checkpoint again and exports it as a SavedModel with a model card.

    The trial's own folder is left as it is, and the directory appears whole or not at all.

    Args:
        trained: the trial.
        directory: becomes the SavedModel; must not exist yet, or be empty.
        tolerance: how far a metric may be from the recorded one, relative to it.

    Returns:
        What the model card says.

    Raises:
        UsageError: there is something in the directory, or it cannot be made.
        StorageError: there is no checkpoint any more, or it does not evaluate to the trial's
            recorded metrics.
        StudyError: the study file has changed too much, or no input can be derived.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not empty: name a directory that does not exist yet.")
    checkpoint = trained.checkpoint()
    with _folder_beside(directory) as scratch:
        trial_spec = trained.build(TrialFolder(Path(scratch)))
        with trained.in_doubt_of_the_study_file():
            metrics = _evaluate(trial_spec, checkpoint)
        _require_same(trained, metrics, tolerance)
        exported = _save(trained, trial_spec, checkpoint, Path(scratch, "exported"))
        card = _card(trained, metrics, exported)
        write_json(exported / CARD_FOR_PROGRAMS, card)
        (exported / CARD).write_text(_as_markdown(card, directory.name), encoding="utf-8")
        exported.rename(directory)
    return card


def _folder_beside(directory: Path) -> TemporaryDirectory[str]:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}-")
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}.") from error


def _evaluate(trial_spec: TrialSpec, checkpoint: str) -> dict[str, float | int]:
    estimator, _, eval_spec = trial_spec
    metrics = estimator.evaluate(
        eval_spec.input_fn,
        steps=eval_spec.steps,
        hooks=eval_spec.hooks,
        checkpoint_path=checkpoint,
        name=eval_spec.name,
    )
    return {name: value.item() for name, value in metrics.items() if hasattr(value, "item")}


def _require_same(trained: TrainedTrial, metrics: Mapping[str, Any], tolerance: float) -> None:
    number = trained.frozen.number
    recorded = _recorded_metrics(trained)
    if not recorded:
        raise StorageError(
            f"Trial {number} is {trained.frozen.state.name} without an evaluation that its model "
            "could be held against: export another."
        )
    for name, value in recorded.items():
        if not _is_close(metrics.get(name), value, tolerance):
            raise StorageError(
                f"Trial {number} is not what was measured: {name} is {metrics.get(name)!r} now, "
                f"but {value!r} was recorded. If its evaluation cannot be repeated exactly, as on "
                "another machine, a GPU or random data, allow for a relative --tolerance."
            )


def _recorded_metrics(trained: TrainedTrial) -> dict[str, float | int]:
    recorded = trained.frozen.user_attrs
    return {
        name.removeprefix(attrs.METRIC): value
        for name, value in recorded.items()
        if name.startswith(attrs.METRIC) and isinstance(value, int | float)
    }


def _is_close(value: float | None, recorded: float, tolerance: float) -> bool:
    return value is not None and math.isclose(value, recorded, rel_tol=tolerance)


def _save(trained: TrainedTrial, trial_spec: TrialSpec, checkpoint: str, base: Path) -> Path:
    """Exports below `base`; returns the SavedModel's folder."""
    estimator, receiver_fn = trial_spec.estimator, trained.study.spec.serving_input_receiver_fn
    if receiver_fn is None:
        receiver_fn = features_of(trial_spec).serving_input_receiver
        estimator = _serving_by_predict(estimator)
    exported: bytes = estimator.export_saved_model(
        str(base), receiver_fn, checkpoint_path=checkpoint
    )
    return Path(exported.decode())


def _serving_by_predict(estimator: Any) -> Any:
    """The same Estimator, whose default signature is `predict` where it has that.

    A premade Estimator's own default takes serialized examples, and is left out for raw features.
    """

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        outputs = spec.export_outputs or {}
        if "predict" not in outputs:
            return spec
        return spec._replace(export_outputs={**outputs, _DEFAULT: outputs["predict"]})

    return tf.estimator.Estimator(model_fn, model_dir=estimator.model_dir, config=estimator.config)


def _card(trained: TrainedTrial, metrics: Mapping[str, Any], exported: Path) -> dict[str, Any]:
    return {
        "study": trained.study_name,
        "study_file": trained.study.file.name if trained.study.file else None,
        "study_file_sha256": trained.study.sha256,
        "trial": trained.frozen.number,
        "seed": trained.seed,
        "params": trained.params,
        "metrics": dict(metrics),
        "signatures": _signatures(exported),
        "versions": {"tensorflow": tf.__version__} | {name: _version(name) for name in PACKAGES},
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _signatures(exported: Path) -> dict[str, Any]:
    model = tf.saved_model.load(str(exported))
    return {
        name: {
            "inputs": _tensors(signature.structured_input_signature[1]),
            "outputs": _tensors(signature.structured_outputs),
        }
        for name, signature in model.signatures.items()
    }


def _tensors(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"dtype": tensor.dtype.name, "shape": _shape(tensor.shape)}
        for name, tensor in sorted(tensors.items())
    }


def _shape(shape: tf.TensorShape) -> list[int | None] | None:
    return None if shape.rank is None else list(shape)


def _as_markdown(card: Mapping[str, Any], title: str) -> str:
    """The card for people; what is the batch's size is written as `batch`."""
    origin = f"Trial {card['trial']} of the study `{card['study']}`, exported {card['exported']}."
    return (
        "\n\n".join(
            [
                f"# {title}",
                origin,
                *(_section(name.title(), card[name]) for name in ("params", "metrics")),
                *(
                    f"## Signature `{name}`\n\n{_table('input', tensors['inputs'])}\n\n"
                    f"{_table('output', tensors['outputs'])}"
                    for name, tensors in card["signatures"].items()
                ),
                f"## How to use it\n\n{_how_to_use(card, title)}",
                _section(
                    "Where it comes from",
                    {name: card[name] for name in ("study_file", "study_file_sha256", "seed")}
                    | card["versions"],
                ),
            ]
        )
        + "\n"
    )


def _section(title: str, values: Mapping[str, Any]) -> str:
    return "\n".join([f"## {title}", "", *(f"- {name}: {value}" for name, value in values.items())])


def _table(title: str, tensors: Mapping[str, Any]) -> str:
    rows = [
        f"| {name} | {tensor['dtype']} | {_shape_in_words(tensor['shape'])} |"
        for name, tensor in tensors.items()
    ]
    return "\n".join([f"| {title} | dtype | shape |", "| --- | --- | --- |", *rows])


def _shape_in_words(shape: list[int | None] | None) -> str:
    if shape is None:
        return "any"
    sizes = ["?" if size is None else str(size) for size in shape]
    return " x ".join(["batch", *sizes[1:]] if shape[:1] == [None] else sizes) or "a number"


def _how_to_use(card: Mapping[str, Any], title: str) -> str:
    name = _DEFAULT if _DEFAULT in card["signatures"] else next(iter(card["signatures"]))
    fed = ", ".join(f"{input!r}: …" for input in card["signatures"][name]["inputs"])
    return (
        "```python\nimport tensorflow as tf\n\n"
        f"model = tf.saved_model.load({title!r})\n"
        f"predict = model.signatures[{name!r}]\n"
        f"predict(**{{{fed}}})  # each a tensor of the dtype and shape above\n```"
    )
