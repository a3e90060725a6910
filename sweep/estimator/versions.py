"""Reads which TensorFlow is installed from package metadata, without importing it."""

import importlib
import re
from importlib import metadata

from sweep.errors import TensorFlowError

Version = tuple[int, int]

FIRST: Version = (2, 15)
LAST: Version = (2, 21)

_FIX = "run pip install 'tensorflow>=2.15,<2.22'"
_TENSORFLOW = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-intel",
    "tensorflow-macos",
    "tensorflow-rocm",
    "tf-nightly",
    "tf-nightly-cpu",
)


def tensorflow_version() -> Version:
    """The installed TensorFlow as (major, minor).

    Raises TensorFlowError if none is installed, or one that is not supported.
    """
    found = _in_metadata(*_TENSORFLOW) or _in_module()
    if found is None:
        raise TensorFlowError(
            f"sweep needs TensorFlow 2.15 to 2.21, but none is installed: {_FIX}."
        )
    version = _parse(found)
    if not FIRST <= version <= LAST:
        raise TensorFlowError(
            f"sweep needs TensorFlow 2.15 to 2.21, but {found} is installed: {_FIX}."
        )
    return version


def require_keras_2(tensorflow: Version) -> None:
    """Raises TensorFlowError unless the tf-keras made for this TensorFlow is installed."""
    found = _in_metadata("tf-keras", "tf-keras-nightly")
    if found is None or _parse(found) != tensorflow:
        release = ".".join(map(str, tensorflow))
        raise TensorFlowError(
            f"Estimator on TensorFlow {release} needs tf-keras {release}, "
            f"but {found or 'none'} is installed: run pip install 'tf-keras=={release}.*'."
        )


def require_protobuf(tensorflow: Version) -> None:
    """Raises TensorFlowError if this TensorFlow cannot write a graph with the installed protobuf.

    TensorFlow 2.20 allows protobuf 7, which refuses what `tf.io.write_graph` asks for.
    """
    found = _in_metadata("protobuf")
    if tensorflow == (2, 20) and found and _parse(found) >= (7, 0):
        raise TensorFlowError(
            f"TensorFlow 2.20 cannot write a graph with protobuf {found}: "
            "run pip install 'protobuf<7'."
        )


def _in_metadata(*distributions: str) -> str | None:
    for distribution in distributions:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None


def _in_module() -> str | None:
    """Asks TensorFlow itself, which may not come from a package index."""
    try:
        return str(importlib.import_module("tensorflow").__version__)
    except ModuleNotFoundError:
        return None


def _parse(version: str) -> Version:
    match = re.match(r"(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else (0, 0)
