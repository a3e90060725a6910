"""scikit-learn's forests for Optuna's evaluators, imported when the first is grown.

Optuna imports them with any of its evaluators, for which scikit-learn takes seconds, even where
the evaluator that is asked for grows none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_FORESTS = "sklearn.ensemble"


@contextmanager
def imported_when_grown() -> Iterator[None]:
    """What the block imports does without scikit-learn until it grows a forest."""
    if _FORESTS in sys.modules or find_spec("sklearn") is None:
        yield
        return
    stand_in = ModuleType(_FORESTS)
    vars(stand_in)["RandomForestRegressor"] = _grow
    sys.modules[_FORESTS] = stand_in
    try:
        yield
    finally:
        del sys.modules[_FORESTS]


def _grow(*args: Any, **options: Any) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(*args, **options)
