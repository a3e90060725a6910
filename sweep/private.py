"""Checks that the private names of Optuna and TensorFlow exist before the project uses them.

Any release can remove a private name. A module that uses private names therefore calls
`private.require(__name__)` first. This module imports neither package before such a call.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from sweep.errors import OptunaError, SweepError, TensorFlowError
from sweep.private_names import NAMES, Name


class _Package(NamedTuple):
    title: str
    requirement: str
    """The tested releases, as pip takes them."""
    error: type[SweepError]


PACKAGES = {
    "optuna": _Package("Optuna", "optuna>=5.0,<5.1", OptunaError),
    "tensorflow": _Package("TensorFlow", "tensorflow>=2.15,<2.22", TensorFlowError),
    "tensorflow_estimator": _Package(
        "tensorflow-estimator", "tensorflow-estimator>=2.15,<2.16", TensorFlowError
    ),
    "tf_keras": _Package("tf-keras", "tf-keras>=2.15,<2.22", TensorFlowError),
}


@functools.cache
def require(user: str) -> None:
    """Checks that the private names that the module `user` uses exist.

    Raises:
        OptunaError: Optuna no longer has one of them.
        TensorFlowError: TensorFlow, or a package of it, no longer has one of them.
    """
    for name in NAMES[user]:
        if not exists(name):
            package = name.path.partition(":")[0].partition(".")[0]
            title, requirement, error = PACKAGES[package]
            version = getattr(importlib.import_module(package), "__version__", "as installed")
            raise error(
                f"{title} {version} has no {name}, which sweep needs: run `pip install "
                f"'{requirement}'`."
            )


def exists(name: Name) -> bool:
    """Whether the installed package has the name."""
    module, _, attributes = name.path.partition(":")
    if not attributes:
        return module in sys.modules or _has_file(module)
    *owners, last = attributes.split(".")
    try:
        owner: Any = importlib.import_module(module)
        for each in owners:
            owner = getattr(owner, each)
    except (ModuleNotFoundError, AttributeError):
        return False
    return hasattr(owner, last) or last in _names_of_instances(owner)


def _has_file(module: str) -> bool:
    """Whether the module exists, without importing it, which could be too early or slow."""
    package, *parts = module.split(".")
    spec = importlib.util.find_spec(package)
    folders = [] if spec is None else spec.submodule_search_locations or []
    paths = [Path(folder, *parts) for folder in folders]
    return any(path.is_dir() or path.with_suffix(".py").is_file() for path in paths)


def _names_of_instances(owner: Any) -> Iterator[str]:
    """The attributes of instances that a class's methods mention; the class itself lacks them."""
    for base in getattr(owner, "__mro__", ()):
        for member in vars(base).values():
            function = member.fget if isinstance(member, property) else member
            if not callable(function):
                continue
            code = getattr(inspect.unwrap(function), "__code__", None)
            if isinstance(code, CodeType):
                yield from code.co_names
                if code.co_name == "__init__":  # its parameters can become attributes
                    yield from (f"_{name}" for name in code.co_varnames[: code.co_argcount])
