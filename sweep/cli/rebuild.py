"""`sweep rebuild`: a study made again from its folders."""

from __future__ import annotations

from pathlib import Path

import click

from sweep.cli.options.location import location_options
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import storage_url


@click.command()
@click.argument("study")
@location_options
def rebuild(study: str, results: Path, storage: str | None) -> None:
    """Make a study from its trials' folders, where its database was lost.

    STUDY is the study's name. Each trial is as its params.json and result.json say; one that had
    not ended goes on from its last checkpoint with the next `sweep run`. A study that is in the
    database is left as it is.

    \b
    sweep rebuild digits_mlp
    """
    import optuna

    from sweep.flow.rebuild import rebuild as make_again

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    name = Path(study).stem if study.endswith(".py") else study
    folder = StudyFolder(results, name)
    made = make_again(folder, storage or storage_url(results), lambda text: click.echo(text))
    number = len(made.get_trials(deepcopy=False))
    trials = "trial" if number == 1 else "trials"
    click.echo(f"Study {name} is made again from {format.path(folder.folder)}: {number} {trials}.")
