"""The options that say where studies lie, the same for every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from sweep.cli.secret import STORAGE
from sweep.folder.layout import RESULTS

results_option = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=RESULTS,
    show_default=True,
    help="The folder for the database and the trials' folders.",
)
storage_option = click.option(
    "--storage",
    envvar=STORAGE,
    help="The database's URL; a password is better kept in the environment variable "
    f"{STORAGE}, which does the same. [default: studies.db in the results folder]",
)


def location_options(command: Callable[..., None]) -> Callable[..., None]:
    """Both of them."""
    return results_option(storage_option(command))
