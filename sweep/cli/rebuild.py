"""`sweep rebuild`: a study made again from its folders."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.options.location import location_options
from sweep.cli.screen.stderr import working
from sweep.errors import StudyError
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import storage_url
from sweep.study.files import find_study

if TYPE_CHECKING:
    from sweep.study.loader import LoadedStudy


@click.command()
@click.argument("study")
@click.option("--name", help="The study's name. [default: the study file's]")
@click.option(
    "--seed", type=int, help="The study's seed, where version 0.1 wrote the folders without it."
)
@location_options
def rebuild(
    study: str, name: str | None, seed: int | None, results: Path, storage: str | None
) -> None:
    """Make a study from its trials' folders, where its database was lost.

    STUDY is the study's name, or the path of its file. Each trial is as its params.json and
    result.json say; one that had not ended goes on from its last checkpoint with the next
    `sweep run`, without what the attempt under way had evaluated. Trials that had not begun are not
    made again. A study that is in the database is left as it is.

    Folders that version 0.1 wrote say less: the study's file is asked for the rest, and what is
    lost is told.

    \b
    sweep rebuild digits_mlp
    sweep rebuild my_study.py --name wide --seed 1
    """
    import optuna

    from sweep.flow.rebuild import rebuild as make_again

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file = _file(study)
    folder = StudyFolder(results, name or (Path(study).stem if study.endswith(".py") else study))
    made = make_again(
        folder,
        storage or storage_url(results.absolute()),
        click.echo,
        None if file is None else partial(_load, file),
        seed,
    )
    number = len(made.get_trials(deepcopy=False))
    trials = "trial" if number == 1 else "trials"
    click.echo(
        f"Study {folder.name} is made again from {format.path(folder.address)}: {number} {trials}."
    )


def _load(file: Path) -> LoadedStudy:
    from sweep.study.loader import load_study_file

    with working(f"Loading {format.path(file)}"):
        return load_study_file(file)


def _file(study: str) -> Path | None:
    """The study's file; a name need not have one."""
    try:
        return find_study(study).absolute()
    except StudyError:
        if study.endswith(".py"):
            raise
        return None
