"""What `import tensorflow` gives a program that was written for TensorFlow 1.

An import statement calls `builtins.__import__` with the globals of the module it stands in. So a
program can get `tensorflow.compat.v1` while TensorFlow itself, Estimator and all installed packages
get what they were written for, even packages that are first imported while the program runs.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep.program.installed import is_installed
from sweep.program.supplied import CONTRIB, Contrib, gone, is_supplied

_TENSORFLOW = "tensorflow"
_V1 = f"{_TENSORFLOW}.compat.v1"
_COMPAT = "compat"


class Answers:
    """Imports for a program, with the signature of `builtins.__import__`."""

    def __init__(self, found: Callable[..., Any]) -> None:
        self._found = found
        self._tensorflow = _TensorFlow1()

    def answer(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """Imports as Python does, except for TensorFlow in a module of the program."""
        top, _, below = name.partition(".")
        if level or top != _TENSORFLOW or not _is_a_programs(globals):
            return self._found(name, globals, locals, fromlist, level)
        names = tuple(fromlist or ())
        if below.partition(".")[0] == CONTRIB:
            module: Any = self._contrib(tuple(below.split(".")), names)
        elif not below:
            module = self._tensorflow
        else:
            actual = f"{_V1}.{below}" if _is_in_v1(below) else name
            module = self._found(actual, globals, locals, names or ("__name__",), 0)
        return module if names else self._tensorflow

    def _contrib(self, parts: tuple[str, ...], names: tuple[str, ...]) -> Any:
        for wanted in [parts, *((*parts, name) for name in names if name != "*")]:
            if not is_supplied(wanted):
                raise ImportError(gone(wanted), name=f"{_TENSORFLOW}.{'.'.join(wanted)}")
        return functools.reduce(getattr, parts, self._tensorflow)


class _TensorFlow1(ModuleType):
    """`tensorflow.compat.v1` under the name of TensorFlow, with what is left of tf.contrib."""

    def __init__(self) -> None:
        super().__init__(_TENSORFLOW)
        self._v1 = importlib.import_module(_V1)
        self.contrib = Contrib(self._v1)
        # Not v1's own `compat`: its `compat.v1` is not the module that everyone else imports.
        self.compat = importlib.import_module(f"{_TENSORFLOW}.{_COMPAT}")
        # As after `import tensorflow.python.…`, which programs also wrote.
        self.python = importlib.import_module(f"{_TENSORFLOW}.python")
        self.__all__ = [name for name in dir(self._v1) if not name.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._v1, name)
        except AttributeError:
            message = f"module '{_TENSORFLOW}' has no attribute '{name}'"
            raise AttributeError(message, name=name, obj=self) from None

    def __dir__(self) -> list[str]:
        return sorted({*dir(self._v1), CONTRIB})


def _is_in_v1(below: str) -> bool:
    if below.partition(".")[0] == _COMPAT:
        return False
    try:
        return importlib.util.find_spec(f"{_V1}.{below}") is not None
    except ModuleNotFoundError:
        return False


def _is_a_programs(module: Mapping[str, Any] | None) -> bool:
    """Whether a module belongs to the program: neither installed nor part of Python."""
    if module is None:  # a direct call of `__import__`, as pickle makes it
        return False
    file = module.get("__file__")
    return file is None or not is_installed(Path(file))
