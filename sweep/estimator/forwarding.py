"""Modules that have gone or moved since TensorFlow 2.15, by the names that libraries import.

TensorFlow 2.15 had `tensorflow.python.estimator`, whose modules forwarded to those of
tensorflow-estimator. TensorFlow's own batch normalization, which tf_slim is built on, asks tf-keras
for layers that lie elsewhere in it. Here an import finds the module itself.
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
        # The import takes what is in sys.modules at the end, and leaves that module as it is.
        target = _target_of(module.__name__)
        assert target is not None
        sys.modules[module.__name__] = importlib.import_module(target)


def forward() -> None:
    """Makes imports by these names work. To be called once."""
    private.require(__name__)
    # First, for a file finder would load the files of the same folder a second time.
    sys.meta_path.insert(0, _Forwarding())


def _target_of(fullname: str) -> str | None:
    """The module that an import of this name is to find, if it is one of these names."""
    if fullname in _RENAMED:
        return _RENAMED[fullname]
    for name, target in _PACKAGES.items():
        if f"{fullname}.".startswith(f"{name}."):
            return target + fullname.removeprefix(name)
    return None
