"""Keras 2 as `tf.keras`, which Estimator and `tf.compat.v1.layers` are written for.

TensorFlow 2.16 and later choose between Keras 3 and tf-keras, which is Keras 2, by an environment
variable. They read it when TensorFlow is imported, for the path of `import tensorflow.keras`, and
again when `tf.keras` is first used.
"""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep import private
from sweep.errors import TensorFlowError

_CHOICE = "TF_USE_LEGACY_KERAS"
_NAMESPACES = (
    "tensorflow",
    "tensorflow.compat.v1",
    "tensorflow.compat.v2",
    "tensorflow._api.v2.compat.v1",
    "tensorflow._api.v2.compat.v2",
)
_NAMES = ("keras", "layers", "losses", "metrics", "optimizers", "initializers")


def use_keras_2() -> None:
    """Makes `tf.keras` Keras 2, even if TensorFlow is already imported.

    Raises TensorFlowError if `tf.keras` was already used as Keras 3.
    """
    chosen = os.environ.get(_CHOICE) in ("1", "true", "True")
    imported = "tensorflow" in sys.modules
    if any(_offers_keras_3(sys.modules[name]) for name in _NAMESPACES if name in sys.modules):
        raise TensorFlowError(
            "tf.keras is in use as Keras 3, but Estimator needs Keras 2: "
            f"set {_CHOICE}=1, or call sweep.estimator.restore() before the first use of tf.keras."
        )
    os.environ[_CHOICE] = "1"
    private.require(__name__)
    if imported and not chosen:
        _repeat_import_work()


def _offers_keras_3(namespace: ModuleType) -> bool:
    # vars(), because asking for an attribute would resolve it.
    return any(_is_keras_3(vars(namespace).get(name)) for name in _NAMES)


def _is_keras_3(loader_or_module: Any) -> bool:
    if loader_or_module is None:
        return False
    state = vars(loader_or_module)
    resolved = state.get("_tfll_keras_version") == "keras_3"
    return resolved or "_tf_keras" in Path(state.get("__file__") or "").parts


def _repeat_import_work() -> None:
    """Does what `import tensorflow` does with TF_USE_LEGACY_KERAS=1 and skipped without it."""
    from tensorflow.python.tools.module_util import get_parent_dir_for_name

    legacy = "tf_keras.api._v1.keras.__internal__.legacy"
    for namespace, name in [
        ("tensorflow", "tf_keras.api._v2.keras"),
        ("tensorflow.compat.v1", "tf_keras.api._v1.keras"),
        ("tensorflow.compat.v1", f"{legacy}.layers"),
        ("tensorflow.compat.v2", "tf_keras.api._v2.keras"),
    ]:
        module = importlib.import_module(namespace)
        module.__path__ = [get_parent_dir_for_name(name), *module.__path__]
    importlib.import_module("tf_keras.src.optimizers")
