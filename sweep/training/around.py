"""Wraps an input_fn so that Estimator calls the wrapper with the arguments of the original."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

InputFn = Callable[..., Any]


def around(input_fn: InputFn, call: Callable[[InputFn], Any]) -> InputFn:
    """The input_fn, called by `call`, with the arguments that Estimator passes to it.

    Args:
        input_fn: the user's input_fn.
        call: gets it with its arguments bound, and returns what is returned in its place.
    """
    if isinstance(input_fn, functools.partial):
        inner = around(input_fn.func, call)
        return functools.partial(inner, *input_fn.args, **input_fn.keywords)

    @functools.wraps(input_fn)
    def called(*args: Any, **kwargs: Any) -> Any:
        return call(functools.partial(input_fn, *args, **kwargs))

    signature = inspect.signature(input_fn, follow_wrapped=False)
    called.__signature__ = signature  # type: ignore[attr-defined]
    return called
