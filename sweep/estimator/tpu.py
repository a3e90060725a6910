"""What stands in `tf.compat.v1.estimator.tpu`: the names of 2.15, which refuse to be used.

The TPU half of Estimator needs parts of TensorFlow that left it with 2.16. Its names exist, so
that a program that merely imports them runs, and using one says what is the matter.
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


class Unavailable:
    """A name whose call, subclass or attribute raises TensorFlowError."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}, unavailable without TPU support>"

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what inspection, deprecation and pickling probe for
            raise AttributeError(name)
        self._refuse()

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def _refuse(self) -> NoReturn:
        raise TensorFlowError(
            f"{self._name} is for TPUs, which Estimator reaches on TensorFlow 2.15 only: "
            "use tf.estimator.Estimator and tf.estimator.RunConfig, on CPU or GPU."
        )


def unavailable_modules() -> dict[str, ModuleType]:
    """The modules that define those names, to be put into `sys.modules` in place of the real."""
    private.require(__name__)
    modules = {}
    for module_name, names in _NAMES.items():
        module = ModuleType(f"{_PACKAGE}.{module_name}", "Not available without TPU support.")
        vars(module).update({name: Unavailable(name) for name in names})
        modules[module.__name__] = module
    return modules
