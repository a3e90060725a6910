"""The text of a study file that sweeps a program by its flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template

from optuna.distributions import CategoricalDistribution, IntDistribution

from sweep.program.flags import DeclaredFlag
from sweep.program.measured import measured
from sweep.program.program import Program
from sweep.program.sources import Sources, read_sources
from sweep.program.space import Distribution
from sweep.study.direction import direction_of
from sweep.study.draft import code
from sweep.study.draft.flag_use import FlagUse
from sweep.study.draft.todo import TODO

_TEMPLATE = Path(__file__).with_name("program.py.txt")
_LOSS = "loss"
_NOTHING_VARIES = """\
        # None of the program's flags looks like a hyperparameter. List those to vary, as in
        # "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),"""
_NO_FOLDER = """\
            # None of the program's flags has a usual name for the output folder. If one of
            # them sets that folder, give it the trial's folder:
            # "--NAME={model_dir}","""
_OTHER_FLAGS = """\
            # The program's other flags, with their defaults. Uncomment one to give it another
            # value in all trials, or add it to search_space to vary it."""
_OUTER, _INNER = " " * 8, " " * 12


@dataclass(frozen=True)
class ProgramDraft:
    """A study file for a program.

    Args:
        program: the program to sweep. Its arguments are kept as they are.
        metric: the study's metric; None takes a metric that the program's files name.
        direction: the metric's direction; None takes the direction that its name suggests.
    """

    program: Program
    metric: str | None = None
    direction: str | None = None

    def text(self) -> str:
        """The text of the study file.

        Raises:
            StudyError: the program cannot be read.
            UsageError: the program has no flags, or its arguments name a flag that it lacks.
        """
        metric, direction, others = self._objective()
        line = f"    metric={code.value(metric)},"
        return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
            program=self.program.module or self.program.file.name,
            space="\n".join(self._space()) or _NOTHING_VARIES,
            arguments="\n".join(self._program()),
            metric=code.remarked(line, f"or {', '.join(others)}" if others else ""),
            direction=direction,
        )

    @cached_property
    def use(self) -> FlagUse:
        """What the study does with the program's flags."""
        return FlagUse.of(self.program, self._sources)

    @cached_property
    def _sources(self) -> Sources:
        return read_sources(self.program.file, self.program.folder)

    def _objective(self) -> tuple[str, str | None, Sequence[str]]:
        """A metric, its direction, and the other metrics that the program's files name."""
        found = [*measured(self._sources), _LOSS]
        metric = self.metric or next(name for name in found if direction_of(name))
        others = [name for name in found if name != metric]
        return metric, self.direction or direction_of(metric), others

    def _space(self) -> Iterator[str]:
        flags = {flag.name: flag for flag in self.use.flags}
        for name, drawn in self.use.varied.items():
            if about := _about(flags[name], flags[name].typed_default):
                yield f"{_OUTER}{code.comment(about, code.WIDTH - len(_OUTER))}"
            yield _suggested(name, drawn)

    def _program(self) -> Iterator[str]:
        """The arguments of the call of `Program`, line by line."""
        module = self.program.module
        if module is None:
            yield f"{_OUTER}{code.value(str(self.program))},"
        yield f"{_OUTER}{'' if module is None else 'arguments='}["
        yield from (f"{_INNER}{line}" for line in self._arguments())
        if not self.use.has_folder:
            yield _NO_FOLDER
        if self.use.others:
            yield _OTHER_FLAGS
        for flag in self.use.others:
            yield code.remarked(f"{_INNER}# {_typed(flag)},", _about(flag))
        yield f"{_OUTER}],"
        if module is not None:
            yield f"{_OUTER}module={code.value(module)},"

    def _arguments(self) -> Iterator[str]:
        yield from (f"{code.value(text)}," for text in self.program.arguments)
        yield from (f'"--{name}={place}",' for name, place in self.use.of_the_trial.items())
        for flag in self.use.missing:
            line = f'"--{flag.name}={TODO}",' if flag.is_named else f'"{TODO}",'
            yield code.remarked(line, _about(flag), len(_INNER))
        for flag in self.use.flags:
            needs_place = flag.name in self.use.varied and flag.name not in self.use.placed
            if flag.takes_several and needs_place:
                yield from (f'"--{flag.name}",', f'"{{{flag.name}:words}}",')


def _suggested(name: str, drawn: Distribution) -> str:
    before, indent = f"{code.value(name)}: ", len(_OUTER)
    if isinstance(drawn, CategoricalDistribution):
        choices = [name, list(drawn.choices)]
        return code.entry(before, "trial.suggest_categorical", choices, indent)
    kind = "int" if isinstance(drawn, IntDistribution) else "float"
    log = {"log": True} if drawn.log else {}
    bounds = [name, drawn.low, drawn.high]
    return code.entry(before, f"trial.suggest_{kind}", bounds, indent, **log)


def _typed(flag: DeclaredFlag) -> str:
    """The arguments that set a flag to its default, or to `…` if it has none."""
    if not flag.is_named:
        return code.value(flag.typed_default or "…")
    if flag.is_switch:
        return code.value(f"--{flag.name}")
    if flag.takes_several and isinstance(flag.default, list | tuple):
        return ", ".join(map(code.value, [f"--{flag.name}", *map(str, flag.default)]))
    return code.value(f"--{flag.name}={flag.typed_default or '…'}")


def _about(flag: DeclaredFlag, default: str = "") -> str:
    """What the program says about a flag, and its default."""
    default = default or flag.computed
    by_default = f"{default} by default" if default else ""
    text = ": ".join(filter(None, ["" if flag.is_named else flag.name, flag.help.rstrip(". ")]))
    return f"{text} ({by_default})" if text and by_default else text or by_default
