"""`tensorflow.python.estimator`, gone since TensorFlow 2.16: another name of Estimator's package.

TensorFlow 2.15 had modules there that forwarded to those of tensorflow-estimator, and libraries
import from them. Here an import finds the module of tensorflow-estimator itself.
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
# The only one that had another name. Python asks for it by the package's own name in
# `from tensorflow.python.estimator import keras`.
_RENAMED = {f"{package}.keras": f"{_TARGET}.keras_lib" for package in (_NAME, _TARGET)}


class _Forwarding(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not f"{fullname}.".startswith(f"{_NAME}.") and fullname not in _RENAMED:
            return None
        module = _target_of(fullname)
        if module not in sys.modules and importlib.util.find_spec(module) is None:
            return None
        return ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        # The import takes what is in sys.modules at the end, and leaves that module as it is.
        sys.modules[module.__name__] = importlib.import_module(_target_of(module.__name__))


def forward() -> None:
    """Makes imports from `tensorflow.python.estimator` work. To be called once."""
    private.require(__name__)
    # First, for a file finder would load the files of the same folder a second time.
    sys.meta_path.insert(0, _Forwarding())


def _target_of(fullname: str) -> str:
    return _RENAMED.get(fullname, _TARGET + fullname.removeprefix(_NAME))
