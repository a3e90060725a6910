"""`sweep clean`: what may go from the disk, by rule."""

from __future__ import annotations

from pathlib import Path

import click

from sweep.cli.options.location import location_options
from sweep.cli.options.study import study_name
from sweep.cli.screen.table import table
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", required=False)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of the best trials keep their checkpoints; of a Pareto front that begins within "
    "them, all.",
)
@click.option(
    "--events", is_flag=True, help="Drop the other trials' TensorBoard event files as well."
)
@click.option("--yes", is_flag=True, help="Free it, instead of saying what would be freed.")
@location_options
def clean(
    study: str | None, keep: int, events: bool, yes: bool, results: Path, storage: str | None
) -> None:
    """Free the disk of checkpoints that are not worth their room.

    STUDY may be left out where the database holds only one. The best trials keep their
    checkpoints, and so do trials that have not ended, that are paused and may be continued, and
    those that one of these continues.
    Pruned, failed and lesser trials lose theirs. What every trial was and how it ended stays:
    params.json, result.json, log.txt, exported models, and the study in the database.

    \b
    sweep clean my_study                  say what would be freed
    sweep clean my_study --yes            free it
    sweep clean my_study --keep 1 --events --yes
    """
    from sweep.folder.free import free
    from sweep.results.cleaning import Rules, plan

    url = storage or storage_url(results)
    paths = StudyFolder(results, study_name(study, url))
    planned = plan(url, paths, Rules(keep, events))
    if not planned:
        click.echo(f"There is nothing to free in {format.path(paths.address)}.")
        return
    if yes:
        free(planned)
    else:
        rows = [(p.number, p.state, format.size(p.n_bytes)) for p in planned]
        click.echo(table(["trial", "state", "frees"], rows) + "\n")
    total = format.size(sum(freed.n_bytes for freed in planned))
    trials = f"{len(planned)} {'trial' if len(planned) == 1 else 'trials'} of {paths.name}"
    click.echo(
        f"Freed {total} of {trials}."
        if yes
        else f"{total} of {trials} would be freed: the same command with --yes frees it."
    )
