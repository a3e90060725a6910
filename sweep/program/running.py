"""Runs a program as `__main__`, as its own process would, and undoes what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sweep.program.program import Program

_MAIN = "__main__"
_NO_PACKAGE = "with no known parent package"


class ProgramExit(Exception):
    """The program exited with a code that means failure."""

    def __init__(self, program: Program, code: int | str) -> None:
        what = f"exit code {code}" if isinstance(code, int) else f"sys.exit({code!r})"
        super().__init__(f"{program} ended with {what}")


def run_as_main(program: Program, argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """Runs the program from start to end. Its exceptions pass through.

    If `sys.exit` gets something other than a number or a text, that is what the program's `main`
    returned, and not a failure. What the program set up stays until the process runs a program
    again.

    Args:
        program: the program to run, in its own surroundings.
        argv: its command line.
        environment: environment variables for it.

    Raises:
        ProgramExit: it exited with a code other than 0.
    """
    with at_home(program), _called(argv, environment), _LastRun.replaced(program.folder):
        try:
            _run(program)
        except ImportError as error:
            if program.module is None and _NO_PACKAGE in str(error):
                error.add_note(
                    f"it imports from its own package, so it must run as a module: use sweep run "
                    f"-m {program.folder.name}.{program.file.stem} in the folder that contains "
                    f"{program.folder.name}"
                )
            raise
        except SystemExit as exit:
            if isinstance(exit.code, int | str) and exit.code not in (0, ""):
                raise ProgramExit(program, exit.code) from None


@contextmanager
def at_home(program: Program | None) -> Iterator[None]:
    """Sets up a program's surroundings: its working directory, its modules and its TensorFlow."""
    if program is None:
        yield
        return
    path = sys.path
    with ExitStack() as stack:
        stack.enter_context(contextlib.chdir(program.directory))
        if program.tensorflow == 1:
            # Imported here because it imports TensorFlow.
            from sweep.program.tensorflow1 import as_tensorflow_1

            stack.enter_context(as_tensorflow_1())
        sys.path = [str(program.folder), *path]
        try:
            yield
        finally:
            sys.path = path


def _run(program: Program) -> None:
    if program.module is None:
        runpy.run_path(str(program.file), run_name=_MAIN)
    else:
        runpy.run_module(program.module, run_name=_MAIN, alter_sys=True)


@contextmanager
def _called(argv: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    arguments, before = sys.argv, {name: os.environ.get(name) for name in environment}
    sys.argv = list(argv)
    os.environ.update(environment)
    try:
        yield
    finally:
        sys.argv = arguments
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _LastRun:
    """What the last program left in this process and another program would stumble over.

    These are its own modules, and its flags, which absl does not allow to be defined twice.
    """

    modules: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    @classmethod
    @contextmanager
    def replaced(cls, folder: Path) -> Iterator[None]:
        """Removes what the last run left, and records what this one leaves."""
        from absl import flags

        for module in cls.modules:
            sys.modules.pop(module, None)
        for flag in cls.flags & set(flags.FLAGS):
            delattr(flags.FLAGS, flag)
        flags.FLAGS.unparse_flags()
        modules, known = set(sys.modules), set(flags.FLAGS)
        try:
            yield
        finally:
            cls.modules = frozenset(
                name for name in sys.modules.keys() - modules if _lies_in(folder, name)
            )
            cls.flags = frozenset(set(flags.FLAGS) - known)


def _lies_in(folder: Path, module: str) -> bool:
    file = getattr(sys.modules[module], "__file__", None)
    return file is not None and Path(file).is_relative_to(folder)
