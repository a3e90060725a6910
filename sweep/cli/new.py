"""`sweep new`: a study file to begin with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import click

from sweep.cli.options.program import TakesArguments, known_direction
from sweep.errors import UsageError
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.study.files import STUDIES

_ENDING = ".py"


@click.command(cls=TakesArguments)
@click.argument("name")
@click.option(
    "--from",
    "file",
    metavar="PROGRAM",
    help="A program that trains an Estimator by itself: the study varies its flags.",
)
@click.option("-m", "module", metavar="MODULE", help="The program, as `python -m` names it.")
@click.option(
    "--metric",
    help="The metric of the program's evaluations that is a trial's value. [default: one that its "
    "files name, or loss]",
)
@click.option(
    "--direction",
    type=click.Choice(["maximize", "minimize"]),
    help="[default: minimize a loss or an error, maximize an accuracy and its like]",
)
def new(
    name: str,
    file: str | None,
    module: str | None,
    metric: str | None,
    direction: str | None,
    arguments: tuple[str, ...],
) -> None:
    """Write a study file to begin with.

    NAME is the path of the file, which ends in .py, or a name, which becomes studies/NAME.py. The
    file is a study that runs as it is, with a comment wherever your own data and model come in.

    With --from or -m it is a study of that program: the flags that look like hyperparameters vary
    around their defaults, its folder is each trial's own, and the ARGUMENTS behind -- are what all
    trials share. The program is read, and not run.

    \b
    sweep new my_study                     studies/my_study.py
    sweep new experiments/wide.py
    sweep new census --from trainer/task.py -- --train-files data.csv
    sweep new census -m trainer.task -- --train-files data.csv
    """
    target = _target(name)
    if file is None and module is None:
        if metric or direction or arguments:
            raise UsageError(
                "--metric, --direction and what stands behind -- are a program's: name it, as in "
                f"`sweep new {name} --from trainer/task.py`."
            )
        from sweep.study.draft.example import example

        _write(target, example())
        click.echo(f"{target} is written: a study that runs as it is. Make it yours.")
    else:
        _write_for_program(target, file, module, metric, direction, arguments)
    click.echo(f"\n{_next_steps(name, target)}")


def _write_for_program(
    target: Path,
    file: str | None,
    module: str | None,
    metric: str | None,
    direction: str | None,
    arguments: tuple[str, ...],
) -> None:
    from sweep.program.program import Program
    from sweep.study.draft.of_program import ProgramDraft

    if metric and direction is None:
        known_direction(metric)
    program = Program(file, arguments, module=module)
    draft = ProgramDraft(program, metric, direction)
    _write(target, draft.text())
    varied = ", ".join(map(format.text, draft.use.varied))
    click.echo(f"{target} is written: a sweep of {program}{f' by {varied}' if varied else ''}.")
    if not varied:
        click.echo("None of its flags looks like a hyperparameter: name some in search_space.")
    if missing := ", ".join(flag.name for flag in draft.use.missing):
        click.echo(f"Fill in what {program} cannot do without: {format.text(missing)}.")


def _target(name: str) -> Path:
    """The file that is written."""
    target = Path(name) if name.endswith(_ENDING) else STUDIES / f"{name}{_ENDING}"
    stem = target.stem if name.endswith(_ENDING) else name
    StudyFolder(Path(), stem)  # which refuses what cannot be a study's name
    if stem in sys.builtin_module_names or _is_installed_module(stem):
        raise UsageError(
            f"{target} would be imported in the place of the module {stem}: choose another name."
        )
    return target


def _is_installed_module(name: str) -> bool:
    from sweep.program.installed import is_installed

    try:
        spec = importlib.util.find_spec(name)
    except (ValueError, ModuleNotFoundError):
        return False
    return spec is not None and spec.origin is not None and is_installed(Path(spec.origin))


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(f"{target} is there already: choose another name, or remove it.") from None


def _next_steps(name: str, target: Path) -> str:
    study = target.stem if target.parent == STUDIES else format.text(target)
    steps = {
        f"sweep check {study}": "whether it can be swept, and what that would cost",
        f"sweep run {study}": "all of its trials",
    }
    width = max(map(len, steps))
    return "Next:\n" + "\n".join(f"  {step:<{width}}  {what}" for step, what in steps.items())
