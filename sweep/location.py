"""Where something is, for messages that send a person there: files, and lines of a study file."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any


def of_function(function: Callable[..., Any]) -> str:
    """The file and the line that a function of a study begins at."""
    code = _code_of(function)
    if code is None:
        return repr(function)
    return f"{short(Path(code.co_filename))}, line {code.co_firstlineno}"


def of_error(file: Path, error: BaseException) -> str:
    """The file, with its last line that the error passed through where there is one."""
    if isinstance(error, SyntaxError):
        return f"{short(Path(error.filename or file))}, line {error.lineno}"
    lines = _lines_in(file, error)
    return f"{short(file)}, line {lines[-1]}" if lines else str(short(file))


def of_error_after(function: Callable[..., Any], error: BaseException) -> str:
    """The last line of the function's file that the error passed through, or else the function."""
    code = _code_of(function)
    if code is None or not _lines_in(Path(code.co_filename), error):
        return of_function(function)
    return of_error(Path(code.co_filename), error)


def _code_of(function: Callable[..., Any]) -> CodeType | None:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(inspect.unwrap(function), "__code__", None)


def _lines_in(file: Path, error: BaseException) -> list[int | None]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.lineno for frame in frames if Path(frame.filename).resolve() == file.resolve()]


def short(file: Path) -> Path:
    """The file as seen from the working directory, where it lies below it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was deleted
        return file
    return file.relative_to(here) if file.is_relative_to(here) else file
