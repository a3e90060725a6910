"""Loads a study file. If it is wrong, one sentence says what, with the line."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import ModuleType

from sweep import location
from sweep.errors import StudyError, SweepError
from sweep.estimator.bridge import restore
from sweep.importing import importing
from sweep.program.program import Program
from sweep.study.draft.todo import refuse_unfilled
from sweep.study.files import find_study
from sweep.study.spec import StudySpec

_loading: list[Path] = []
_TRAINS = re.compile(r"\b(train_and_evaluate|Estimator|Classifier|Regressor)\b")


@dataclass(frozen=True)
class LoadedStudy:
    """A study, and the file that it comes from."""

    spec: StudySpec
    name: str
    file: Path | None
    """None if the study was declared outside of a file, as in a notebook."""
    sha256: str | None = None
    """The hash of the file's content when it was loaded."""
    output: str = ""
    """What it printed to standard error while it was loaded, if that was captured."""
    notices: tuple[str, ...] = ()
    """What a person should know about the study, in sentences."""


def take_study(study: StudySpec | str | Path) -> LoadedStudy:
    """A study as Python code gives it: a StudySpec, a path, or a name in `studies/`.

    Raises:
        StudyError: there is no such study file, or it cannot be used.
        TensorFlowError: the installed TensorFlow is not supported.
    """
    if isinstance(study, StudySpec):
        return declared_study(study)
    return load_study_file(find_study(str(study)))


def load_study_file(file: Path) -> LoadedStudy:
    """Restores `tf.estimator`, runs the study file and takes its STUDY.

    Raises:
        StudyError: the file cannot be read or run, or declares no STUDY.
        TensorFlowError: the installed TensorFlow is not supported.
    """
    file = file.absolute()  # before the study file can change the working directory
    _refuse_program(file)
    with importing():
        restore()
        module = _run(file)
    spec = getattr(module, "STUDY", None)
    if not isinstance(spec, StudySpec):
        found = "declares no STUDY" if spec is None else f"has a {type(spec).__name__} as STUDY"
        where = location.short(file)
        raise StudyError(
            f"{where} {found}: end it with STUDY = StudySpec(search_space=…, build=…)."
        )
    loaded = LoadedStudy(spec, file.stem, file.resolve(), _sha256(file))
    if spec.program is None:
        return loaded
    refuse_unfilled(file, spec.program)
    return _with_program(loaded, spec.program)


def declared_study(spec: StudySpec) -> LoadedStudy:
    """A study that was declared in Python, with the file that defines its `build` or its program.

    Raises:
        StudyError: its program cannot be swept.
    """
    restore()
    if spec.program is not None:
        loaded = LoadedStudy(spec, spec.program.name, spec.program.file)
        return _with_program(loaded, spec.program)
    assert spec.build is not None
    build = inspect.unwrap(getattr(spec.build, "func", spec.build))
    try:
        source = inspect.getsourcefile(build if inspect.isroutine(build) else type(build))
    except TypeError:
        source = None
    file = Path(source).resolve() if source and Path(source).is_file() else None
    if file is None:
        return LoadedStudy(spec, "study", None)
    return LoadedStudy(spec, file.stem, file, _sha256(file))


def _with_program(loaded: LoadedStudy, program: Program) -> LoadedStudy:
    """The study with what is known from reading its program. Its hash covers the program too."""
    # Imported here because few studies have a program.
    from sweep.program.reading import read_program
    from sweep.program.space import FlagSpace

    space = loaded.spec.search_space
    reading = read_program(program, space.names if isinstance(space, FlagSpace) else ())
    both = hashlib.sha256(f"{loaded.sha256} {reading.sha256}".encode()).hexdigest()
    return replace(
        loaded,
        spec=replace(loaded.spec, program=reading.program),
        sha256=reading.sha256 if loaded.sha256 is None else both,
        notices=reading.notices,
    )


def _refuse_program(file: Path) -> None:
    """Refuses a program where a study file is expected: loading the program would train it.

    Raises:
        StudyError: the file never mentions STUDY, and it trains an Estimator.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    if "STUDY" not in text and _TRAINS.search(text):
        shown = location.short(file)
        raise StudyError(
            f"{shown} declares no STUDY. To sweep it as a program, name its flags and its metric, "
            f"as in `sweep run {shown} --vary learning-rate=1e-5..1e-1:log --metric accuracy`; to "
            "make it a study file, end it with STUDY = StudySpec(search_space=…, build=…)."
        )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(file: Path) -> ModuleType:
    name = f"sweep_study_{file.stem}"
    specification = importlib.util.spec_from_file_location(name, file)
    if specification is None or specification.loader is None:
        where = location.short(file)
        raise StudyError(f"{where} is not a Python file: the name of a study file ends in .py.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        with _as_a_program(file):
            specification.loader.exec_module(module)
    except SweepError as error:
        raise type(error)(f"{location.of_error(file, error)}: {error}") from error
    except (Exception, SystemExit) as error:
        raise StudyError(f"{location.of_error(file, error)}: {_what_is_wrong(error)}") from error
    return module


@contextmanager
def _as_a_program(file: Path) -> Iterator[None]:
    """Sets `sys.argv` to the file alone, in case the file parses a command line."""
    arguments = sys.argv
    sys.argv = [str(file)]
    _loading.append(file)
    try:
        yield
    finally:
        sys.argv = arguments
        _loading.remove(file)


def refuse_while_loading() -> None:
    """Refuses a sweep that a study file starts while it is loaded. It would start itself again.

    Raises:
        StudyError: a study file is being loaded.
    """
    if _loading:
        raise StudyError(
            "sweep.run is called while the study file is loaded: put it below "
            '`if __name__ == "__main__":`.'
        )


def _what_is_wrong(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg}, so Python cannot read the study. Fix this line."
    if isinstance(error, SystemExit):
        return f"the study file exits (exit code {error.code}) instead of declaring a study."
    if isinstance(error, ImportError) and "relative import" in str(error):
        return (
            "a study file has no package, because it is run by itself: import its neighbours by "
            "name. Its folder is on sys.path."
        )
    if isinstance(error, ImportError):
        return f"{error}. Install it in this environment, or fix the import."
    if isinstance(error, TypeError) and "StudySpec.__init__()" in str(error):
        names = ", ".join(field.name for field in fields(StudySpec))
        sentence = str(error).replace(".__init__()", "")
        end = "" if sentence.endswith("?") else "."
        return f"{sentence}{end} Its fields, all given by keyword, are {names}."
    return f"{type(error).__name__} while loading the study: {error}"
