"""The modules of a program, read but never run.

They are its file and everything that it imports and that is not installed: modules below the folder
that Python looks in first, and modules on sys.path. Import statements are followed, including those
in functions. Modules that a program imports by a name it computes are not found.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sweep import location
from sweep.errors import StudyError
from sweep.program.installed import is_installed

_PACKAGE = "__init__.py"
_TENSORFLOW = "tensorflow"
_PYTHON_2 = re.compile(
    r"""^\s*print\s+[^\s=(.\[]            # print "x"
    | ^\s*exec\s+["'\w]                   # exec code
    | ^\s*raise\s+[\w.]+\s*,              # raise ValueError, "x"
    | ^\s*except\s+[^:]+,\s*\w+\s*:       # except ValueError, error:
    | <>                                  # a <> b
    | (?<![\w.])(0[0-7]+|\d+[lL])\b       # 0777, 10L
    | (?<!\w)ur["']                       # ur"x"
    | `[^`]+`                             # `x`
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Source:
    """A file of a program."""

    file: Path
    tree: ast.Module


@dataclass(frozen=True)
class Sources:
    """A program's own files, and what reading them showed."""

    files: tuple[Source, ...]
    """The program's file, then its modules in the order in which they were found."""
    sha256: str
    """The hash of their names and their contents."""
    imports: frozenset[str]
    """The installed modules that it imports at its start, without TensorFlow's."""


def read_sources(file: Path, root: Path) -> Sources:
    """Reads a program's file and those of its own modules that it imports.

    Args:
        file: the program's file.
        root: the folder that comes first on its sys.path.

    Raises:
        StudyError: a file cannot be read as Python.
    """
    reader = _Reader(file.absolute(), root.absolute())
    return Sources(
        tuple(found.source for found in reader.found.values()),
        reader.sha256(),
        frozenset(reader.imports()),
    )


@dataclass(frozen=True)
class _Import:
    """An imported module, by the parts of its name."""

    parts: tuple[str, ...]
    level: int
    """The number of dots before its name."""
    at_start: bool
    """Whether it is imported outside of functions."""
    names: tuple[str, ...] = ()
    """The names imported from it, which may be modules too."""


@dataclass(frozen=True)
class _Found:
    source: Source
    content: bytes
    imports: tuple[_Import, ...]


class _Reader:
    def __init__(self, file: Path, root: Path) -> None:
        self._file, self._root = file, root
        self.found: dict[Path, _Found] = {}
        waiting = [file]
        while waiting:
            each = waiting.pop(0)
            if each not in self.found:
                self.found[each] = _read(each)
                for wanted in self.found[each].imports:
                    waiting += self._own_files(each, wanted)

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for name, content in sorted(
            (Path(os.path.relpath(file, self._root)).as_posix(), found.content)
            for file, found in self.found.items()
        ):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def imports(self) -> Iterator[str]:
        """The modules of other packages that the files import at the start."""
        seen, waiting = set[Path](), [self._file]
        while waiting:
            file = waiting.pop()
            if file in seen:
                continue
            seen.add(file)
            for wanted in self.found[file].imports:
                if not wanted.at_start:
                    continue
                own = list(self._own_files(file, wanted))
                waiting += own
                if not own and wanted.level == 0 and _is_of_others(wanted.parts[0]):
                    yield ".".join(wanted.parts)

    def _own_files(self, file: Path, wanted: _Import) -> Iterator[Path]:
        """The program's files that an import runs."""
        if wanted.level:
            # Each dot is a folder, starting from the file's own.
            folder = file.parents[min(wanted.level, len(file.parents)) - 1]
            yield from _existing(folder / _PACKAGE)
        else:
            found = self._folder_of(wanted.parts[0])
            if found is None:
                return
            folder = found
        for part in wanted.parts:
            folder /= part
            yield from _module_at(folder)
        for name in wanted.names:
            yield from _module_at(folder / name)

    def _folder_of(self, name: str) -> Path | None:
        """The folder that Python takes a module of the program from."""
        if name in sys.builtin_module_names:
            return None
        path = self._root / name
        if next(_module_at(path), None) is not None:
            return self._root
        file = _found_by_python(name)
        if file is None:
            # A folder without an __init__.py is only used if nothing else has the name.
            return self._root if path.is_dir() else None
        if is_installed(file):
            return None
        return file.parents[1] if file.name == _PACKAGE else file.parent


def _module_at(path: Path) -> Iterator[Path]:
    """The file of a package or module at a path without its ending."""
    package = path / _PACKAGE
    yield from _existing(package if package.is_file() else path.with_name(f"{path.name}.py"))


def _existing(file: Path) -> Iterator[Path]:
    if file.is_file():
        yield file


def _is_of_others(name: str) -> bool:
    known = (_TENSORFLOW, *sys.stdlib_module_names)
    return name not in known and _found_by_python(name) is not None


def _found_by_python(name: str) -> Path | None:
    """The file of a module on sys.path."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # someone put it into sys.modules by hand
        return None
    return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _read(file: Path) -> _Found:
    content = file.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the program itself will warn
            tree = ast.parse(content, file)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise StudyError(_what_is_wrong(file, error)) from error
    return _Found(Source(file, tree), content, tuple(_imports_in(tree, at_start=True)))


def _imports_in(node: ast.AST, *, at_start: bool) -> Iterator[_Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield _Import(tuple(alias.name.split(".")), 0, at_start)
        elif isinstance(child, ast.ImportFrom):
            parts = tuple(child.module.split(".")) if child.module else ()
            names = tuple(alias.name for alias in child.names)
            yield _Import(parts, child.level, at_start, names)
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_in(child, at_start=at_start and not is_function)


def _what_is_wrong(file: Path, error: SyntaxError | ValueError | RecursionError) -> str:
    where = location.short(file)
    if not isinstance(error, SyntaxError):
        return f"{where} cannot be read as Python: {error}."
    text = (error.text or "").strip()
    line = f"{where}:{error.lineno}" if error.lineno else f"{where}"
    if _PYTHON_2.search(text):
        return (
            f"{line} is written in Python 2, `{text}`: convert the program to Python 3, for "
            f"example with 2to3."
        )
    return f"{line} cannot be read as Python, {error.msg}: fix it."
