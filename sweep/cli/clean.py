"""`sweep clean`: free disk space, by rule."""

from __future__ import annotations

from pathlib import Path

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.study import study_name
from sweep.cli.screen.table import sentence, table
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="How many of the best trials keep their checkpoints. If a Pareto front starts among the "
    "best N, all of its trials keep theirs.",
)
@click.option(
    "--events", is_flag=True, help="Also delete the TensorBoard event files of the other trials."
)
@click.option("--yes", is_flag=True, help="Free the space, instead of only listing what would go.")
@location_options
def clean(
    study: str | None, keep: int, events: bool, yes: bool, results: Path, storage: str | None
) -> None:
    """Free disk space by deleting the checkpoints of lesser trials.

    You can leave STUDY out if the database holds only one. Some trials keep their checkpoints:
    the best, those that have not ended, paused trials that can still be continued, and the trials
    that one of these continues. Pruned, failed and all other trials lose theirs. The record of
    every trial stays: params.json, result.json, log.txt, exported models, and the study in the
    database.

    \b
    sweep clean my_study                  list what would be freed
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
    would = f"This would free {total} from {trials}: add --yes to free it."
    click.echo(sentence(f"Freed {total} from {trials}." if yes else would))
