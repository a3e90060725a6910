"""Where something is, for messages that send a person there: files, and lines of a study file."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def of_function(function: Callable[..., Any]) -> str:
    """The file and the line that a function of a study begins at."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return repr(function)
    return f"{short(Path(code.co_filename))}, line {code.co_firstlineno}"


def of_error(file: Path, error: BaseException) -> str:
    """The file, with its last line that the error passed through where there is one."""
    if isinstance(error, SyntaxError):
        return f"{short(Path(error.filename or file))}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == file.resolve()]
    return f"{short(file)}, line {lines[-1]}" if lines else str(short(file))


def short(file: Path) -> Path:
    """The file as seen from the working directory, where it lies below it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was deleted
        return file
    return file.relative_to(here) if file.is_relative_to(here) else file
