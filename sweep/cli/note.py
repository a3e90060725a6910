"""`sweep note`: what a person has to say of a study or a trial, as optuna-dashboard shows it."""

from __future__ import annotations

from pathlib import Path

import click

from sweep.cli.options.location import location_options
from sweep.cli.options.study import study_name
from sweep.errors import UsageError
from sweep.storage.url import storage_url


@click.command()
@click.argument("study")
@click.argument("text", required=False)
@click.option("--trial", type=click.IntRange(min=0), help="Of this trial. [default: of the study]")
@click.option("--add", is_flag=True, help="Add TEXT to the note that there is, as a paragraph.")
@location_options
def note(
    study: str, text: str | None, trial: int | None, add: bool, results: Path, storage: str | None
) -> None:
    """Write a note on a study, or on one of its trials; without TEXT, print the one there is.

    TEXT is Markdown, and takes the place of the note that there is. An empty TEXT removes it.
    optuna-dashboard shows the notes, and those that are written there are printed here.

    \b
    sweep note digits_mlp "Adam, with the **augmented** data"
    sweep note digits_mlp --trial 7 "diverges after step 400"
    sweep note digits_mlp --add "see also digits_wide"
    sweep note digits_mlp
    """
    if add and text is None:
        raise UsageError("What is to be added? Give a TEXT beside --add.")
    import optuna

    from sweep.viewers.notes import Notes

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or storage_url(results)
    name = study_name(study, url)
    notes = Notes(url, name, trial)
    of = name if trial is None else f"trial {trial} of {name}"
    if text is None:
        there = notes.read()
        click.echo(there or f"There is no note on {of}.", err=not there)
    elif add:
        notes.add(text)
        click.echo(f"Added to the note on {of}.")
    else:
        notes.write(text)
        click.echo(f"The note on {of} is {'written' if text else 'removed'}.")
