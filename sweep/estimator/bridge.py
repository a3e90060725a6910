"""`restore`: puts Estimator back into a TensorFlow that has dropped it, from 2.16 to 2.21.

The package tensorflow-estimator 2.15 is imported unchanged. First it is supplied with what it
expects of TensorFlow and no longer finds. Then TensorFlow's namespaces get their `estimator` as
TensorFlow 2.15 gave it to them.
"""

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

from sweep import private
from sweep.errors import TensorFlowError
from sweep.estimator import estimator_training, forwarding, keras, tpu, versions
from sweep.importing import importing

_API = "tensorflow_estimator.python.estimator.api"
_V1 = f"{_API}._v1.estimator"
_V2 = f"{_API}._v2.estimator"
# TensorFlow has each compat module twice: as its own attribute, and as the result of an import
# statement. The nested ones are what `tf.compat.v1` is after `import tensorflow.compat.v1 as tf`.
_NAMESPACES = {
    "tensorflow": _V2,
    "tensorflow.compat.v1": _V1,
    "tensorflow.compat.v2": _V2,
    "tensorflow._api.v2.compat.v1": _V1,
    "tensorflow._api.v2.compat.v2": _V2,
    "tensorflow._api.v2.compat.v1.compat.v1": _V1,
    "tensorflow._api.v2.compat.v1.compat.v2": _V2,
    "tensorflow._api.v2.compat.v2.compat.v1": _V1,
    "tensorflow._api.v2.compat.v2.compat.v2": _V2,
}


@functools.cache
@importing()
def restore() -> None:
    """Makes `tf.estimator` and `tf.compat.v1.estimator` those of TensorFlow 2.15.

    What TensorFlow 2.15 had in `tensorflow.python.estimator` can be imported from there again.

    Changes nothing on TensorFlow 2.15, and nothing if it is called again. Does not start
    TensorFlow's runtime: a process that has called this can fork.

    Raises TensorFlowError if TensorFlow is missing or is not 2.15 to 2.21, if tf-keras,
    tensorflow-estimator or protobuf does not fit it, or if `tf.keras` is already in use as Keras 3.
    """
    version = versions.tensorflow_version()
    if version == versions.FIRST:
        return
    versions.require_keras_2(version)
    versions.require_protobuf(version)
    _require_estimator()
    keras.use_keras_2()
    private.require(__name__)
    _supply_api_name()
    _supply_modules()
    forwarding.forward()
    for namespace, api in _NAMESPACES.items():
        _attach(namespace, api)


def _require_estimator() -> None:
    if importlib.util.find_spec("tensorflow_estimator") is None:
        raise TensorFlowError(
            "tensorflow-estimator is not installed: run pip install 'tensorflow-estimator==2.15.*'."
        )


def _supply_api_name() -> None:
    """Lets Estimator's export decorator register names under its own API again."""
    from tensorflow.python.util import tf_export

    attributes = type(tf_export.API_ATTRS[tf_export.TENSORFLOW_API_NAME])
    tf_export.ESTIMATOR_API_NAME = "estimator"
    tf_export.API_ATTRS["estimator"] = attributes(
        "_estimator_api_names", "_estimator_api_constants"
    )
    tf_export.API_ATTRS_V1["estimator"] = attributes(
        "_estimator_api_names_v1", "_estimator_api_constants_v1"
    )
    for function, attribute in [
        ("get_v1_names", "_estimator_api_names_v1"),
        ("get_v2_names", "_estimator_api_names"),
        ("get_v1_constants", "_estimator_api_constants_v1"),
        ("get_v2_constants", "_estimator_api_constants"),
    ]:
        setattr(tf_export, function, _with_own(getattr(tf_export, function), attribute))


def _with_own(get: Callable[[Any], Any], attribute: str) -> Callable[[Any], list[Any]]:
    """Makes a function that lists a symbol's or module's names list Estimator's as well."""

    @functools.wraps(get)
    def get_all(owner: Any) -> list[Any]:
        return [*get(owner), *getattr(owner, "__dict__", {}).get(attribute, ())]

    return get_all


def _supply_modules() -> None:
    distribute: Any = importlib.import_module("tensorflow.python.distribute")
    distribute.estimator_training = estimator_training
    sys.modules["tensorflow.python.distribute.estimator_training"] = estimator_training
    sys.modules.update(tpu.unavailable_modules())


def _attach(namespace: str, api: str) -> None:
    from tensorflow.python.tools.module_util import get_parent_dir_for_name
    from tensorflow.python.util.lazy_loader import LazyLoader

    module: Any = importlib.import_module(namespace)
    module.__path__ = [get_parent_dir_for_name(api), *module.__path__]
    module.estimator = LazyLoader("estimator", vars(module), api)
    if "estimator" not in getattr(module, "__all__", ["estimator"]):
        module.__all__.append("estimator")
