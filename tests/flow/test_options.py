"""How a sweep can be asked for."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.flow.options import Options


@pytest.mark.parametrize("name", ["evaluate_every", "patience", "total_steps"])
@pytest.mark.parametrize("value", [0, -1, True, 2.0, math.inf, "3"])
def test_a_count_that_is_none_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError) as raised:
        Options(**{name: value})
    assert str(raised.value) == (
        f"{name} must be a whole number of at least 1, or None, but got {value!r}."
    )


@pytest.mark.parametrize(("top", "max_steps"), [(0, 50), (1, 0)])
def test_an_extension_of_nothing_is_refused(top: int, max_steps: int) -> None:
    with pytest.raises(UsageError) as raised:
        Extension(top, max_steps)
    assert str(raised.value) == (
        f"An extension got top={top} and max_steps={max_steps}, but both must be at least 1."
    )
