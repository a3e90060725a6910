"""The model card of a SavedModel: what the model is, its inputs, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from sweep.folder.atomic import write_json
from sweep.model.trained import TrainedTrial

CARD = "MODEL_CARD.md"
CARD_FOR_PROGRAMS = "model_card.json"
PACKAGES = ("tensorflow-estimator", "tf-keras", "optuna", "estimator-sweep")
_OF_TENSORFLOW = "__"
"""The prefix of signatures that nobody calls."""
DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


def card_of(
    trained: TrainedTrial,
    metrics: Mapping[str, Any],
    exported: Path,
    comparison: Mapping[str, Any],
) -> dict[str, Any]:
    """What the card says about a trial's SavedModel.

    Args:
        trained: the trial.
        metrics: the metrics of its checkpoint.
        exported: the folder of the SavedModel.
        comparison: how the metrics compare with the recorded ones.
    """
    return {
        "study": trained.study_name,
        "study_file": trained.study.file.name if trained.study.file else None,
        "study_file_sha256": trained.study.sha256,
        "trial": trained.frozen.number,
        "seed": trained.seed,
        "params": trained.params,
        "metrics": dict(metrics),
        "comparison": dict(comparison),
        "signatures": _signatures(exported),
        "versions": {"tensorflow": tf.__version__} | {name: _version(name) for name in PACKAGES},
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_card(card: Mapping[str, Any], folder: Path, title: str) -> None:
    """Writes the card into a folder, for people and for programs."""
    write_json(folder / CARD_FOR_PROGRAMS, card)
    (folder / CARD).write_text(_as_markdown(card, title), encoding="utf-8")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _signatures(exported: Path) -> dict[str, Any]:
    saved = SavedModel.FromString((exported / "saved_model.pb").read_bytes())
    return {
        name: {"inputs": _tensors(signature.inputs), "outputs": _tensors(signature.outputs)}
        for name, signature in saved.meta_graphs[0].signature_def.items()
        if not name.startswith(_OF_TENSORFLOW)
    }


def _tensors(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "dtype": tf.dtypes.as_dtype(tensor.dtype).name,
            "shape": _shape(tf.TensorShape(tensor.tensor_shape)),
        }
        for name, tensor in sorted(tensors.items())
    }


def _shape(shape: tf.TensorShape) -> list[int | None] | None:
    return None if shape.rank is None else list(shape)


def _as_markdown(card: Mapping[str, Any], title: str) -> str:
    """The card for people; the size of the batch is written as `batch`."""
    origin = f"Trial {card['trial']} of the study `{card['study']}`, exported {card['exported']}."
    return (
        "\n\n".join(
            [
                f"# {title}",
                origin,
                *(_section(name.title(), card[name]) for name in ("params", "metrics")),
                _compared(card["comparison"]),
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


def _compared(comparison: Mapping[str, Any]) -> str:
    names = ", ".join(comparison["compared"])
    return (
        f"Before the export, the checkpoint was evaluated again, and {names} were compared with "
        "the values in the study. The largest relative difference is "
        f"{comparison['largest_difference']:.3g}; the tolerance is {comparison['tolerance']:g}."
    )


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
    name = (
        DEFAULT_SIGNATURE
        if DEFAULT_SIGNATURE in card["signatures"]
        else next(iter(card["signatures"]))
    )
    fed = ", ".join(f"{input!r}: …" for input in card["signatures"][name]["inputs"])
    return (
        "```python\nimport tensorflow as tf\n\n"
        f"model = tf.saved_model.load({title!r})\n"
        f"predict = model.signatures[{name!r}]\n"
        f"predict(**{{{fed}}})  # each a tensor of the dtype and shape above\n```"
    )
