"""`sweep new`: write a study file to start from."""

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
    help="A program that trains an Estimator. The study varies the program's flags.",
)
@click.option("-m", "module", metavar="MODULE", help="The program, as a module for `python -m`.")
@click.option(
    "--metric",
    metavar="METRIC",
    help="The metric of the program's evaluations to use as a trial's value. [default: one that "
    "the program's files name, or loss]",
)
@click.option(
    "--direction",
    type=click.Choice(["maximize", "minimize"]),
    help="Whether a large or a small value of the metric is good. [default: minimize a loss or an "
    "error, maximize an accuracy and the like]",
)
def new(
    name: str,
    file: str | None,
    module: str | None,
    metric: str | None,
    direction: str | None,
    arguments: tuple[str, ...],
) -> None:
    """Write a study file to start from.

    NAME is the path of the file, which ends in .py, or a name, which becomes studies/NAME.py. The
    file is a study that runs as it is. Comments mark the places for your own data and model.

    With --from or -m, the study sweeps that program. It varies the flags that look like
    hyperparameters around their defaults, gives each trial its own folder, and passes the
    ARGUMENTS after -- to all trials. The program is read, not run.

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
                "--metric, --direction and arguments after -- belong to a program, but none is "
                f"named: name one, as in `sweep new {name} --from trainer/task.py`."
            )
        from sweep.study.draft.example import example

        _write(target, example())
        click.echo(f"Wrote {target}, a study that runs as it is. Edit it to make it yours.")
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
    click.echo(f"Wrote {target}, a sweep of {program}{f' over {varied}' if varied else ''}.")
    if not varied:
        click.echo("None of its flags looks like a hyperparameter: name some in search_space.")
    if missing := ", ".join(flag.name for flag in draft.use.missing):
        click.echo(f"Fill in the flags that {program} requires: {format.text(missing)}.")


def _target(name: str) -> Path:
    """The file that is written."""
    target = Path(name) if name.endswith(_ENDING) else STUDIES / f"{name}{_ENDING}"
    stem = target.stem if name.endswith(_ENDING) else name
    StudyFolder(Path(), stem)  # raises for a name that no study can have
    if stem in sys.builtin_module_names or _is_installed_module(stem):
        raise UsageError(f"{target} would hide the module {stem}: choose another name.")
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
        raise UsageError(f"{target} exists already: choose another name, or remove it.") from None


def _next_steps(name: str, target: Path) -> str:
    study = target.stem if target.parent == STUDIES else format.text(target)
    steps = {
        f"sweep check {study}": "check it, and see what a sweep would cost",
        f"sweep run {study}": "run all of its trials",
    }
    width = max(map(len, steps))
    return "Next:\n" + "\n".join(f"  {step:<{width}}  {what}" for step, what in steps.items())
