"""Modules that were removed or moved since TensorFlow 2.15, under the names that libraries import.

TensorFlow 2.15 had `tensorflow.python.estimator`, whose modules forwarded to those of
tensorflow-estimator. TensorFlow's own batch normalization, which tf_slim uses, imports layers from
tf-keras that are elsewhere in it. Here such an import finds the actual module.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from sweep import private

_NAME = "tensorflow.python.estimator"
_TARGET = "tensorflow_estimator.python.estimator"
_PACKAGES = {_NAME: _TARGET, "tf_keras.legacy_tf_layers": "tf_keras.src.legacy_tf_layers"}
# The only one that had another name. Python asks for it by the package's own name in
# `from tensorflow.python.estimator import keras`.
_RENAMED = {f"{package}.keras": f"{_TARGET}.keras_lib" for package in (_NAME, _TARGET)}


class _Forwarding(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = _target_of(fullname)
        if module is None:
            return None
        if module not in sys.modules and importlib.util.find_spec(module) is None:
            return None
        return ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        # The import returns what is in sys.modules at the end, and does not change that module.
        target = _target_of(module.__name__)
        assert target is not None
        sys.modules[module.__name__] = importlib.import_module(target)


def forward() -> None:
    """Makes imports by these names work. Call it once."""
    private.require(__name__)
    # First, because a file finder would load files of the same folder a second time.
    sys.meta_path.insert(0, _Forwarding())


def _target_of(fullname: str) -> str | None:
    """The module that an import of this name should find, if it is one of these names."""
    if fullname in _RENAMED:
        return _RENAMED[fullname]
    for name, target in _PACKAGES.items():
        if f"{fullname}.".startswith(f"{name}."):
            return target + fullname.removeprefix(name)
    return None
