"""Files and lines of a study, for messages that point a person there."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

_QUOTED = re.compile(r'^\s*File "([^"\n]+)", line (\d+), in ', re.MULTILINE)
"""A frame in the text of an error of AutoGraph or of an op, which is not on the stack any more."""
_PACKAGES = {"site-packages", "dist-packages"}
_GENERATED = "__autograph_generated_file"


def of_function(function: Callable[..., Any]) -> str:
    """The file and the line where a function of a study starts."""
    code = _code_of(function)
    if code is None:
        return repr(function)
    return f"{short(Path(code.co_filename))}, line {code.co_firstlineno}"


def of_error(file: Path, error: BaseException) -> str:
    """The file, with the last of its lines that the error passed through, if any."""
    if isinstance(error, SyntaxError):
        return f"{short(Path(error.filename or file))}, line {error.lineno}"
    lines = _lines_in(file, error)
    return f"{short(file)}, line {lines[-1]}" if lines else str(short(file))


def of_text(function: Callable[..., Any], text: str) -> str | None:
    """The only line of the function's file with this string literal; None if there is not one."""
    code = _code_of(function)
    try:
        tree = ast.parse(Path(code.co_filename).read_bytes() if code else b"")
    except (OSError, SyntaxError, ValueError):
        return None
    lines = {n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == text}
    if code is None or len(lines) != 1:
        return None
    return f"{short(Path(code.co_filename))}, line {lines.pop()}"


def of_own_code(error: BaseException, words: str) -> str | None:
    """The innermost line of the user's own code that an error has passed through, if any.

    Args:
        error: the error.
        words: its text.
    """
    own = [(file, line) for file, line in _frames(error, words) if _is_own(file)]
    return f"{short(own[-1][0])}, line {own[-1][1]}" if own else None


def _frames(error: BaseException, words: str) -> Iterator[tuple[Path, int | None]]:
    """The files and lines that an error has passed through, the innermost last."""
    for frame in traceback.extract_tb(error.__traceback__):
        yield Path(frame.filename), frame.lineno
    for file, line in _QUOTED.findall(words):
        yield Path(file), int(line)


def _is_own(file: Path) -> bool:
    """Whether a file is neither Python's, nor an installed package's, nor this package's."""
    if not file.is_absolute() or file.name.startswith(_GENERATED):
        return False
    return _PACKAGES.isdisjoint(file.parts) and not any(map(file.is_relative_to, _not_own()))


@functools.cache
def _not_own() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return Path(__file__).parent, Path(paths["stdlib"]), Path(paths["platstdlib"])


def _code_of(function: Callable[..., Any]) -> CodeType | None:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(inspect.unwrap(function), "__code__", None)


def _lines_in(file: Path, error: BaseException) -> list[int | None]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.lineno for frame in frames if Path(frame.filename).resolve() == file.resolve()]


def short(file: Path) -> Path:
    """The file relative to the working directory, if it is below it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the working directory was deleted
        return file
    return file.relative_to(here) if file.is_relative_to(here) else file
