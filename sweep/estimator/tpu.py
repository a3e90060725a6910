"""What stands in `tf.compat.v1.estimator.tpu`: the names of 2.15, which refuse to be used.

The TPU half of Estimator needs parts of TensorFlow that left it with 2.16. Its names exist, so
that a program runs that imports or subclasses them, and making one says what is the matter.
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
# Some programs read them while they are imported, for the default of a flag.
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
    """The modules that define those names, to be put into `sys.modules` in place of the real."""
    private.require(__name__)
    modules = {}
    for module_name, names in _NAMES.items():
        module = ModuleType(f"{_PACKAGE}.{module_name}", "Not available without TPU support.")
        vars(module).update({name: _unavailable(name, module.__name__) for name in names})
        modules[module.__name__] = module
    return modules


def _unavailable(name: str, module: str) -> type:
    """A class whose instances, and those of subclasses, cannot be made: TensorFlowError."""

    def refuse(cls: type, *args: Any, **kwargs: Any) -> NoReturn:
        raise TensorFlowError(
            f"{name} is for TPUs, which Estimator reaches on TensorFlow 2.15 only: "
            "use tf.estimator.Estimator and tf.estimator.RunConfig, on CPU or GPU."
        )

    # A metaclass would be in the way of a subclass that has another one.
    return type(name, (), {"__module__": module, "__new__": refuse, **_CONSTANTS.get(name, {})})
