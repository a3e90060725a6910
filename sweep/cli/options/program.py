"""A program to be swept, as a command line declares it: by its flags, or by its tuning file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from sweep.cli.options.groups import Grouped
from sweep.errors import UsageError
from sweep.study.direction import MINIMIZE, direction_of

if TYPE_CHECKING:
    from sweep.program.program import Program
    from sweep.program.space import FlagSpace
    from sweep.program.tuning.tuning import Tuning
    from sweep.study.spec import StudySpec

_TUNING = (".yaml", ".yml", ".json")

_OPTIONS = (
    click.option("-m", "module", metavar="MODULE", help="The program, as `python -m` names it."),
    click.option(
        "--program",
        metavar="PROGRAM",
        help="The program that a tuning file is for: its file, or its module.",
    ),
    click.option(
        "--vary",
        multiple=True,
        metavar="NAME=LOW..HIGH",
        help="A flag of the program, and what it may be: whole numbers as 1..8, others as "
        "1e-5..1e-1, with :log or :step=… behind, or choices as 32,64,128. Given several times "
        "for one NAME, each is one choice, commas and all.",
    ),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        help="The metric of the program's evaluations that is a trial's value; NAME/METRIC for the "
        "evaluation that is called NAME. Several make the study multi-objective.",
    ),
    click.option(
        "--direction",
        "directions",
        multiple=True,
        type=click.Choice(["maximize", "minimize"]),
        help="One for each --metric. [default: minimize a loss or an error, maximize an accuracy "
        "and its like]",
    ),
    click.option(
        "--tf1",
        "tensorflow",
        flag_value=1,
        type=int,
        help="The program was written for TensorFlow 1. [default: as the names that it uses tell]",
    ),
    click.option(
        "--tf2", "tensorflow", flag_value=2, type=int, help="It was written for TensorFlow 2."
    ),
)


class TakesArguments(Grouped):
    """A command whose keyword `arguments` is what its command line has behind `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        rest = super().parse_args(ctx, args[:at])
        ctx.params["arguments"] = tuple(args[at + 1 :])
        return rest


def program_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command of TakesArguments; `AskedProgram.of` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class DeclaredStudy:
    """A study that a command line declares."""

    spec: StudySpec
    notices: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    """What a tuning file says of how it is swept, by the names of `sweep.run`'s keywords."""


@dataclass(frozen=True)
class AskedProgram:
    """What a command line says of a program."""

    module: str | None
    program: str | None
    vary: tuple[str, ...]
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    tensorflow: int | None
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """What the options say, of which its own are taken out."""
        return cls(**{each.name: options.pop(each.name) for each in fields(cls)})

    def declared(self, study: str | None) -> DeclaredStudy | None:
        """The study that is declared so; None where `study` names one by itself.

        Raises:
            UsageError: it does not become clear what is swept, or how.
        """
        if study is not None and study.endswith(_TUNING):
            return self._of_tuning_file(Path(study))
        if self.program is not None:
            raise UsageError(
                "--program names the program that a tuning file is for: give the file too, as in "
                f"`sweep run hptuning_config.yaml --program {self.program}`."
            )
        if self.vary:
            return self._of_flags(study)
        if self.module or self.metrics or self.directions or self.tensorflow or self.arguments:
            raise UsageError(
                "A program is swept over its flags: say which and how far, as in "
                "--vary learning-rate=1e-5..1e-1:log. A study of it goes on by its name alone, as "
                "in `sweep run NAME --trials 40`."
            )
        return None

    def _of_flags(self, study: str | None) -> DeclaredStudy:
        from sweep.program.vary import parse_vary
        from sweep.study.spec import StudySpec

        if not self.metrics:
            raise UsageError(
                "Which metric of the program's evaluations is a trial's value? Name it, as in "
                "--metric accuracy."
            )
        directions, notices = self._directions(self.metrics)
        program, space = self._program(study), parse_vary(self.vary)
        program.check_places(space.names)
        spec = StudySpec(
            program=program,
            search_space=space,
            metric=_alone(self.metrics),
            direction=_alone(directions),
        )
        return DeclaredStudy(spec, notices)

    def _program(self, study: str | None) -> Program:
        from sweep.program.program import Program

        if (study is None) == (self.module is None):
            raise UsageError(
                "Name one program: its file, as in `sweep run trainer/task.py`, or its module, as "
                "in `sweep run -m trainer.task`."
            )
        return Program(study, self.arguments, module=self.module, tensorflow=self.tensorflow)

    def _of_tuning_file(self, file: Path) -> DeclaredStudy:
        from sweep.program.tuning.file import read_tuning_file
        from sweep.study.spec import StudySpec

        tuning = read_tuning_file(file)
        metrics = self.metrics or tuning.metrics
        directions, notices = self._directions(metrics, tuning)
        program, space = self._tuned(file), self._space(tuning.space)
        program.check_places(space.names)
        spec = StudySpec(
            program=program,
            search_space=space,
            metric=_alone(metrics),
            direction=_alone(directions),
            n_trials=tuning.n_trials or 20,
            sampler=tuning.sampler,
            pruner=tuning.pruner,
        )
        options = {
            "n_jobs": tuning.n_jobs,
            "max_failed": tuning.max_failed,
            # Its defaults are of its own ranges.
            "enqueue": () if self.vary else tuning.enqueue,
        }
        return DeclaredStudy(spec, (*tuning.notices, *notices), options)

    def _tuned(self, file: Path) -> Program:
        from sweep.program.program import Program

        named = [name for name in (self.program, self.module) if name is not None]
        if len(named) != 1:
            raise UsageError(
                f"Which program is {file} for? Name its file or its module, as in "
                f"`sweep run {file} --program trainer.task`."
            )
        is_file = named[0].endswith(".py") and self.module is None
        return Program(
            named[0] if is_file else None,
            self.arguments,
            module=None if is_file else named[0],
            tensorflow=self.tensorflow,
        )

    def _space(self, tuned: FlagSpace) -> FlagSpace:
        """The flags of a tuning file, of which the command line describes some anew."""
        from sweep.program.space import FlagSpace
        from sweep.program.vary import parse_vary

        typed = parse_vary(self.vary).flags
        names = {flag.name for flag in typed}
        return FlagSpace((*(flag for flag in tuned.flags if flag.name not in names), *typed))

    def _directions(
        self, metrics: tuple[str, ...], tuning: Tuning | None = None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A direction for each metric, and what a person should know of how it was found."""
        if self.directions:
            return self.directions, ()
        if tuning is not None and tuning.metrics == metrics:
            return tuning.directions, ()
        guessed = tuple(map(known_direction, metrics))
        minimized = [name for name, way in zip(metrics, guessed, strict=True) if way == MINIMIZE]
        if not minimized:
            return guessed, ()
        what = f"{' and '.join(minimized)} {'is' if len(minimized) == 1 else 'are'}"
        return guessed, (f"{what} minimized; --direction says otherwise.",)


def known_direction(metric: str) -> str:
    """The direction that a metric's name tells.

    Raises:
        UsageError: it does not.
    """
    direction = direction_of(metric)
    if direction is None:
        raise UsageError(
            f"Is a large {metric} good or bad? Say --direction maximize or --direction minimize."
        )
    return direction


def _alone(names: tuple[str, ...]) -> str | tuple[str, ...]:
    return names[0] if len(names) == 1 else names
