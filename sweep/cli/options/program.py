"""A program to sweep, as a command line declares it: by its flags, or by its tuning file."""

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
    click.option(
        "-m", "module", metavar="MODULE", help="The program, as a module for `python -m`."
    ),
    click.option(
        "--program",
        type=click.Path(),
        metavar="PROGRAM",
        help="The program that a tuning file belongs to: its file or its module.",
    ),
    click.option(
        "--vary",
        multiple=True,
        metavar="NAME=LOW..HIGH",
        help="A flag of the program and its possible values: whole numbers as in 1..8, real "
        "numbers as in 1e-5..1e-1, both with :log or :step=… appended if needed, or choices as in "
        "32,64,128. If one NAME is given several times, each value is one choice, commas included.",
    ),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        metavar="METRIC",
        help="The metric of the program's evaluations to use as a trial's value. NAME/METRIC takes "
        "it from the evaluation called NAME. Several metrics make the study multi-objective.",
    ),
    click.option(
        "--direction",
        "directions",
        multiple=True,
        type=click.Choice(["maximize", "minimize"]),
        help="Whether a large or a small value is good, once for each --metric. [default: minimize "
        "a loss or an error, maximize an accuracy and the like]",
    ),
    click.option(
        "--tf1",
        "tensorflow",
        flag_value=1,
        type=int,
        help="The program was written for TensorFlow 1. [default: detected from its code]",
    ),
    click.option(
        "--tf2",
        "tensorflow",
        flag_value=2,
        type=int,
        help="The program was written for TensorFlow 2.",
    ),
)


class TakesArguments(Grouped):
    """A command that gets what follows `--` on its command line as the keyword `arguments`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        rest = super().parse_args(ctx, args[:at])
        ctx.params["arguments"] = tuple(args[at + 1 :])
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- ARGUMENTS]"]


def program_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a TakesArguments command; `AskedProgram.of` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class DeclaredStudy:
    """A study that a command line declares."""

    spec: StudySpec
    notices: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    """How to sweep it, as a tuning file says, by the names of `sweep.run`'s keywords."""


@dataclass(frozen=True)
class AskedProgram:
    """What a command line says about a program."""

    module: str | None
    program: str | None
    vary: tuple[str, ...]
    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    tensorflow: int | None
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Takes its own options out of `options`."""
        return cls(**{each.name: options.pop(each.name) for each in fields(cls)})

    def declared(self, study: str | None) -> DeclaredStudy | None:
        """The study that the options declare; None if `study` names an existing one.

        Raises:
            UsageError: it is not clear what to sweep, or how.
        """
        if study is not None and study.endswith(_TUNING):
            return self._of_tuning_file(Path(study))
        if self.program is not None:
            raise UsageError(
                "--program works only with a tuning file, which is missing: give it, as in "
                f"`sweep run hptuning_config.yaml --program {self.program}`."
            )
        if self.vary:
            return self._of_flags(study)
        if self.module or self.metrics or self.directions or self.tensorflow or self.arguments:
            raise UsageError(
                "No flag of the program varies: give flags and their ranges, as in "
                "--vary learning-rate=1e-5..1e-1:log. To continue a study of a program, give only "
                "its name, as in `sweep run NAME --trials 40`."
            )
        return None

    def _of_flags(self, study: str | None) -> DeclaredStudy:
        from sweep.program.vary import parse_vary
        from sweep.study.spec import StudySpec

        if not self.metrics:
            raise UsageError(
                "No metric is given: name the metric of the program's evaluations to use as a "
                "trial's value, as in --metric accuracy."
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
                "Name one program: either its file, as in `sweep run trainer/task.py`, or its "
                "module, as in `sweep run -m trainer.task`."
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
            # Its defaults belong to its own ranges.
            "enqueue": () if self.vary else tuning.enqueue,
        }
        return DeclaredStudy(spec, (*tuning.notices, *notices), options)

    def _tuned(self, file: Path) -> Program:
        from sweep.program.program import Program

        named = [name for name in (self.program, self.module) if name is not None]
        if len(named) != 1:
            raise UsageError(
                f"Name the one program that {file} belongs to, by its file or its module, as in "
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
        """The flags of a tuning file, with those that the command line redefines."""
        from sweep.program.space import FlagSpace
        from sweep.program.vary import parse_vary

        typed = parse_vary(self.vary).flags
        names = {flag.name for flag in typed}
        return FlagSpace((*(flag for flag in tuned.flags if flag.name not in names), *typed))

    def _directions(
        self, metrics: tuple[str, ...], tuning: Tuning | None = None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A direction for each metric, and a notice on how it was chosen."""
        if self.directions:
            return self.directions, ()
        if tuning is not None and tuning.metrics == metrics:
            return tuning.directions, ()
        guessed = tuple(map(known_direction, metrics))
        minimized = [name for name, way in zip(metrics, guessed, strict=True) if way == MINIMIZE]
        if not minimized:
            return guessed, ()
        what = f"{' and '.join(minimized)} {'is' if len(minimized) == 1 else 'are'}"
        return guessed, (f"{what} minimized. --direction maximize changes that.",)


def known_direction(metric: str) -> str:
    """The direction that a metric's name implies.

    Raises:
        UsageError: it implies none.
    """
    direction = direction_of(metric)
    if direction is None:
        raise UsageError(
            f"It is unknown whether a large {metric} is good or bad: give --direction maximize or "
            "--direction minimize."
        )
    return direction


def _alone(names: tuple[str, ...]) -> str | tuple[str, ...]:
    return names[0] if len(names) == 1 else names
