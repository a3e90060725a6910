"""`sweep note`: a person's notes on a study or a trial, as optuna-dashboard shows them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.study import study_name
from sweep.errors import UsageError
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", shell_complete=known_studies)
@click.argument("text", required=False)
@click.option(
    "--trial",
    type=click.IntRange(min=0),
    metavar="N",
    help="The note is on this trial. [default: on the study]",
)
@click.option("--add", is_flag=True, help="Append TEXT to the existing note, as a new paragraph.")
@location_options
def note(
    study: str, text: str | None, trial: int | None, add: bool, results: Path, storage: str | None
) -> None:
    """Write or print a note on a study, or on one of its trials.

    TEXT is Markdown and replaces the existing note. An empty TEXT removes the note. Without TEXT,
    the note is printed. optuna-dashboard shows and edits the same notes.

    \b
    sweep note digits_mlp "Adam, with the **augmented** data"
    sweep note digits_mlp --trial 7 "diverges after step 400"
    sweep note digits_mlp --add "see also digits_wide"
    sweep note digits_mlp
    """
    if add and text is None:
        raise UsageError("--add needs a TEXT to add, as in `sweep note STUDY --add TEXT`.")
    import optuna

    from sweep.viewers.notes import Notes

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or storage_url(results)
    name = study_name(study, url)
    of = name if trial is None else f"trial {trial} of {name}"
    if text is None:
        there = Notes(url, name, trial).read()
        click.echo(there or f"There is no note on {of}.", err=not there)
        return
    with _kept(results, name, url):
        notes = Notes(url, name, trial)
        if add:
            notes.add(text)
        else:
            notes.write(text)
    done = "Added to" if add else "Wrote" if text else "Removed"
    click.echo(f"{done} the note on {of}.")


def _kept(results: Path, study: str, url: str) -> AbstractContextManager[None]:
    """Uploads the database after the block, unless a sweep on this machine does."""
    # Imported here: they need SQLAlchemy, and every command imports this module.
    from sweep.storage.lock import find_holder
    from sweep.storage.uploaded import uploaded

    if find_holder(url, study) is not None:
        return nullcontext()
    return uploaded(results, study, url, partial(click.echo, err=True))
