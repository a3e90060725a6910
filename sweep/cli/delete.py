"""`sweep delete`: delete a study and the folders of its trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.study import study_name
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import parse, show, storage_url
from sweep.wording import counted

if TYPE_CHECKING:
    from sweep.results.deletion import Deletable


@click.command()
@click.argument("study", shell_complete=known_studies)
@click.option(
    "--only",
    type=click.Choice(["study", "folder"]),
    help="Delete only the study in the database, or only the folder of its trials. [default: both]",
)
@click.option("--yes", is_flag=True, help="Delete, instead of only saying what would be deleted.")
@location_options
def delete(study: str, only: str | None, yes: bool, results: Path, storage: str | None) -> None:
    """Delete a study and the folders of its trials.

    STUDY is the study's name or its file. The study must not be swept at the same time. All trials
    and models are gone for good. Only after --only study can `sweep rebuild` restore the study,
    from its folder. To free disk space but keep the study, use `sweep clean`.

    \b
    sweep delete my_study                say what would be deleted
    sweep delete my_study --yes          delete it
    sweep delete my_study --only folder --yes
    """
    import optuna

    from sweep.results.deletion import delete as delete_now
    from sweep.results.deletion import find

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or storage_url(results)
    folder = StudyFolder(results, study_name(study, url))
    there = find(folder, url)
    what = _described(there, folder, url, only)
    if not what:
        click.echo(f"There is no {only} of {folder.name} to delete.")
        return
    if not yes:
        click.echo(f"This would delete {what}: add --yes to delete it.")
        return
    delete_now(folder, url, click.echo, study=only != "folder", folders=only != "study")
    click.echo(f"Deleted {what}.")
    if only == "study" and there.n_bytes is not None:
        click.echo(f"`sweep rebuild {folder.name}` restores the study from its folder.")


def _described(there: Deletable, folder: StudyFolder, url: str, only: str | None) -> str:
    parts = []
    if there.n_trials is not None and only != "folder":
        trials = counted(there.n_trials, "trial")
        parts.append(f"study {folder.name} of {trials} in {show(parse(url))}")
    if there.n_bytes is not None and only != "study":
        parts.append(f"{format.path(folder.address)} with {format.size(there.n_bytes)}")
    return " and ".join(parts)
