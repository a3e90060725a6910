"""A program that is swept by its flags, and its command line in each trial."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from sweep import location
from sweep.errors import StudyError, UsageError
from sweep.program.misspelt import almost
from sweep.wording import question

_PLACE = re.compile(r"\{([\w.-]+)(:words)?\}")
_MAIN = "__main__"
GIVEN = ("model_dir", "seed", "number")
"""The names that `{…}` in the arguments can have, besides those of params."""


@dataclass(frozen=True, init=False)
class Program:
    """A Python program that calls `train_and_evaluate`, or Estimator's `train` and `evaluate`.

    Each trial runs it as `python FILE ARGUMENTS --NAME=VALUE …` would, with the trial's params.
    A `{NAME}` in the arguments is replaced with the value instead; `{NAME:words}`, as an argument
    of its own, becomes one argument for each word of the value. `{model_dir}`, `{seed}` and
    `{number}` are the trial's. A flag that takes no value, such as argparse's store_true, is typed
    if the param is true, and left out if it is false.

    Args:
        file: the program's file; None if it is a module.
        arguments: its arguments besides the trial's params.
        module: the program by its name for `python -m`, instead of a file.
        tensorflow: 1 makes `import tensorflow` import `tensorflow.compat.v1`, 2 does not; None
            decides by the names that the program uses.
        directory: its working directory; None is this process's.
        switches: flags that take no value, each with what to type to switch it off, if anything;
            a sweep finds those of argparse.

    Raises:
        UsageError: there is no such program, or both a file and a module were given.
    """

    file: Path
    """The file that runs."""
    arguments: tuple[str, ...]
    module: str | None
    tensorflow: int | None
    directory: Path
    switches: Mapping[str, str | None] = field(hash=False)

    def __init__(
        self,
        file: str | Path | None = None,
        arguments: Sequence[str] = (),
        *,
        module: str | None = None,
        tensorflow: int | None = None,
        directory: str | Path | None = None,
        switches: Mapping[str, str | None] = MappingProxyType({}),
    ) -> None:
        if (file is None) == (module is None):
            raise UsageError(
                "A program is either a file or a module, but this one has "
                f"file={file!r} and module={module!r}."
            )
        if isinstance(arguments, str) or not all(isinstance(text, str) for text in arguments):
            raise UsageError(
                f"A program's arguments are a list of strings, but got {arguments!r}: give one for "
                "each word of its command line."
            )
        if tensorflow not in (None, 1, 2):
            raise UsageError(f"A program's `tensorflow` is 1, 2 or None, but got {tensorflow!r}.")
        here = Path.cwd() if directory is None else Path(directory).absolute()
        found = _file_of(module, here) if module is not None else here / str(file)
        if not found.is_file():
            beside = (other.name for other in found.parent.glob("*.py"))
            end = question(found.name, beside, ": give the path of its file.")
            raise UsageError(f"There is no program {location.short(found)}{end}")
        for name, value in {
            "file": found,
            "arguments": tuple(arguments),
            "module": module,
            "tensorflow": tensorflow,
            "directory": here,
            "switches": dict(switches),
        }.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return self.module or str(location.short(self.file))

    @property
    def name(self) -> str:
        """The name of a study that sweeps it."""
        if self.file.stem == _MAIN:
            return self.file.parent.name
        return self.file.stem

    @property
    def folder(self) -> Path:
        """The folder where it looks for its own modules first."""
        return self.directory if self.module is not None else self.file.parent

    @property
    def placed(self) -> set[str]:
        """The names that `{…}` in its arguments have."""
        return {match[1] for text in self.arguments for match in _PLACE.finditer(text)}

    def argv(self, params: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
        """The program's command line in one trial.

        Args:
            params: the trial's params.
            given: the values of GIVEN.

        Raises:
            UsageError: the value of a flag that takes none is neither true nor false.
        """
        values = {**params, **given}
        named = [name for name in params if name not in self.placed]
        flags = [word for name in named for word in self._flag(name, _text(params[name]))]
        arguments = [word for text in self.arguments for word in _filled(text, values)]
        return [str(self.file), *arguments, *flags]

    def _flag(self, name: str, value: str) -> Iterator[str]:
        if name not in self.switches:
            yield f"--{name}={value}"
        elif value.lower() not in ("true", "false"):
            raise UsageError(
                f"--{name} of {self} takes no value, but would get {value!r}: make it true or "
                f"false, as in --vary {name}=true,false."
            )
        elif value.lower() == "true":
            yield f"--{name}"
        elif (off := self.switches[name]) is not None:
            yield off

    def check_places(self, names: Sequence[str]) -> None:
        """Checks that no `{…}` in the arguments is a misspelt param.

        Args:
            names: the params of every trial.

        Raises:
            UsageError: a `{…}` is almost the name of a param or of one of GIVEN.
        """
        known = (*names, *GIVEN)
        for text in self.arguments:
            for match in _PLACE.finditer(text):
                meant = almost(match[1], known)
                if meant and match[1] not in known:
                    raise UsageError(
                        f"{match[0]} is among the program's arguments, but no param has this "
                        f"name: did you mean {{{meant}}}?"
                    )

    def to_json(self) -> dict[str, Any]:
        """What a study keeps of it."""
        return {
            "file": str(self.file),
            "arguments": list(self.arguments),
            "module": self.module,
            "tensorflow": self.tensorflow,
            "directory": str(self.directory),
            "switches": dict(self.switches),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The program that a record of `to_json` describes.

        Raises:
            UsageError: it no longer exists.
        """
        file = None if content["module"] is not None else content["file"]
        return cls(**{**content, "file": file})

    def as_read(self, tensorflow: int, switches: Mapping[str, str | None]) -> Self:
        """The same program, for TensorFlow 1 or 2, with the switches that it declares."""
        known = {"tensorflow": tensorflow, "switches": {**switches, **self.switches}}
        return self.from_json({**self.to_json(), **known})


def _filled(text: str, values: Mapping[str, Any]) -> Iterator[str]:
    whole = _PLACE.fullmatch(text)
    if whole is not None and whole[2] and whole[1] in values:
        yield from shlex.split(_text(values[whole[1]]))
        return
    yield _PLACE.sub(
        lambda match: _text(values[match[1]]) if match[1] in values else match[0], text
    )


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _file_of(module: str, here: Path) -> Path:
    """The file that `python -m` would run. It is found without importing the module's packages.

    Raises:
        StudyError: there is no such file.
    """
    parts = module.split(".")
    for folder in (here, *map(Path, sys.path)):
        found = folder.joinpath(*parts)
        for file in (found.with_name(f"{found.name}.py"), found / f"{_MAIN}.py"):
            if file.is_file():
                return file
    raise StudyError(
        f"There is no module {module!r}, neither below {here} nor among the installed ones: run "
        "sweep in the folder that contains its package."
    )
