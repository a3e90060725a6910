"""`sweep rebuild`: restore a study from its folders."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.options.completing import known_studies
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
@click.argument("study", shell_complete=known_studies)
@click.option("--name", metavar="NAME", help="The study's name. [default: the name of its file]")
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="The study's seed. Only folders from version 0.1 need it, which do not record it.",
)
@location_options
def rebuild(
    study: str, name: str | None, seed: int | None, results: Path, storage: str | None
) -> None:
    """Restore a lost study from the folders of its trials.

    Use this after the database was lost. STUDY is the study's name or the path of its file. Each
    trial becomes what its params.json and result.json say. A trial that had not ended continues
    from its last checkpoint with the next `sweep run`, but the evaluations of its unfinished
    attempt are lost. Trials that had not started are not restored. A study that is still in the
    database is not changed.

    Folders from version 0.1 record less. The study's file then supplies the rest, and the command
    says what is lost.

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
        f"Restored study {folder.name} from {format.path(folder.address)}: {number} {trials}."
    )


def _load(file: Path) -> LoadedStudy:
    from sweep.study.loader import load_study_file

    with working(f"Loading {format.path(file)}"):
        return load_study_file(file)


def _file(study: str) -> Path | None:
    """The study's file; None if the name has no file."""
    try:
        return find_study(study).absolute()
    except StudyError:
        if study.endswith(".py"):
            raise
        return None
