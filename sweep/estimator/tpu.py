"""The content of `tf.compat.v1.estimator.tpu`: the names of 2.15, which refuse to be used.

The TPU half of Estimator needs parts that TensorFlow dropped in 2.16. Its names exist, so programs
that import or subclass them run. Instantiating one says what is wrong.
"""

from types import ModuleType
from typing import Any, NoReturn

from sweep import private
from sweep.errors import TensorFlowError

_PACKAGE = "tensorflow_estimator.python.estimator.tpu"
_NAMES = {
    "tpu_config": ("InputPipelineConfig", "RunConfig", "TPUConfig"),
    "tpu_estimator": ("TPUEstimator", "TPUEstimatorSpec"),
    "_tpu_estimator_embedding": ("EmbeddingConfigSpec",),
}
# Some programs read these when they are imported, for the default of a flag.
_CONSTANTS = {
    "InputPipelineConfig": {
        "PER_SHARD_V1": 1,
        "PER_HOST_V1": 2,
        "PER_HOST_V2": 3,
        "BROADCAST": 4,
        "SLICED": 5,
    }
}


def unavailable_modules() -> dict[str, ModuleType]:
    """The modules that define those names, to replace the real ones in `sys.modules`."""
    private.require(__name__)
    modules = {}
    for module_name, names in _NAMES.items():
        module = ModuleType(f"{_PACKAGE}.{module_name}", "Not available without TPU support.")
        vars(module).update({name: _unavailable(name, module.__name__) for name in names})
        modules[module.__name__] = module
    return modules


def _unavailable(name: str, module: str) -> type:
    """A class that raises TensorFlowError when it or a subclass is instantiated."""

    def refuse(cls: type, *args: Any, **kwargs: Any) -> NoReturn:
        raise TensorFlowError(
            f"{name} is for TPUs, which Estimator supports on TensorFlow 2.15 only: "
            "use tf.estimator.Estimator and tf.estimator.RunConfig, on CPU or GPU."
        )

    # A metaclass would conflict with a subclass that has another one.
    return type(name, (), {"__module__": module, "__new__": refuse, **_CONSTANTS.get(name, {})})
