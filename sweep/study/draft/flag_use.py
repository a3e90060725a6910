"""What a drafted study does with each flag of a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from sweep.errors import UsageError
from sweep.program.flags import DeclaredFlag, declared_flags
from sweep.program.folder_flag import KNOWN
from sweep.program.hyperparameters import proposal
from sweep.program.program import Program
from sweep.program.sources import Sources
from sweep.program.space import Distribution
from sweep.study.draft.given import given_flags, placed_flags

_MODEL_DIR = "{model_dir}"
_SEED = re.compile(r"(^|[-_])seed$")


@dataclass(frozen=True)
class FlagUse:
    """A program's flags, sorted by what the drafted study does with them."""

    flags: tuple[DeclaredFlag, ...]
    """All flags that the program declares."""
    free: tuple[DeclaredFlag, ...]
    """The flags that the program's arguments give no value."""
    placed: frozenset[str]
    """The names of the flags that have a `{NAME}` among the arguments."""
    folder_is_given: bool
    """Whether an argument contains the trial's folder."""

    @classmethod
    def of(cls, program: Program, sources: Sources) -> Self:
        """Sorts the flags of a program.

        Raises:
            UsageError: the program has no flags, or its arguments name a flag that it lacks.
        """
        flags = declared_flags(sources)
        if not flags:
            raise UsageError(
                f"{program} declares no flags to argparse, absl or tf.app.flags, so a sweep cannot "
                "vary it: let the program take its hyperparameters as flags."
            )
        placed = placed_flags(program, flags)
        fixed = given_flags(program.arguments, flags) - placed
        free = tuple(flag for flag in flags if flag.name not in fixed)
        return cls(flags, free, placed, any(_MODEL_DIR in text for text in program.arguments))

    @cached_property
    def varied(self) -> dict[str, Distribution]:
        """What each flag that looks like a hyperparameter is drawn from."""
        found = {flag.name: proposal(flag) for flag in self.free}
        return {name: drawn for name, drawn in found.items() if drawn is not None}

    @property
    def of_the_trial(self) -> dict[str, str]:
        """The flags that take something of the trial: its folder, its seed."""
        folder = None if self.folder_is_given else self._folder_flag
        seeds = (flag.name for flag in self.free if flag.type is int and _SEED.search(flag.name))
        given = {folder: _MODEL_DIR, next(seeds, None): "{seed}"}
        return {name: what for name, what in given.items() if name is not None}

    @property
    def has_folder(self) -> bool:
        """Whether the program gets the trial's folder."""
        return self.folder_is_given or self._folder_flag is not None

    @property
    def missing(self) -> tuple[DeclaredFlag, ...]:
        """The flags that the program requires and only a person can fill in."""
        return tuple(flag for flag in self._left() if flag.is_required)

    @property
    def others(self) -> tuple[DeclaredFlag, ...]:
        """The flags that keep their defaults."""
        return tuple(flag for flag in self._left() if not flag.is_required)

    @property
    def _folder_flag(self) -> str | None:
        names = {flag.name for flag in self.free if flag.is_named}
        return next((name for name in KNOWN if name in names), None)

    def _left(self) -> Iterator[DeclaredFlag]:
        set_here = {*self.varied, *self.of_the_trial}
        yield from (flag for flag in self.free if flag.name not in set_here)
