"""The options that say where studies are kept, the same for every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from sweep.errors import UsageError
from sweep.folder.layout import RESULTS
from sweep.folder.remote import is_remote

STORAGE = "SWEEP_STORAGE"


def _refuse_password(ctx: click.Context, param: click.Parameter, url: str | None) -> str | None:
    """Takes a URL with a password only from the environment, which no other user can read.

    Raises:
        UsageError: the command line shows a password.
    """
    is_typed = ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE
    if url is not None and is_typed and _has_password(url):
        raise UsageError(
            "--storage has a password, which every user of this machine can read on the command "
            f"line: put the whole URL into the environment variable {STORAGE} instead, as in "
            "postgresql+psycopg://user:password@host/name."
        )
    return url


def _has_password(url: str) -> bool:
    # Imported here: a command without --storage may need no database.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from sweep.storage.url import has_password_in_query

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # reported where the database is opened
        return False
    return bool(parsed.password) or has_password_in_query(parsed)


class _Results(click.Path):
    """A results folder: its path, or the path of the mirror of remote results."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and is_remote(value):
            # Imported here: a command may need no database, and no fsspec.
            from sweep.storage.copies import anchored_results

            return anchored_results(value)
        return super().convert(value, param, ctx)


results_option = click.option(
    "--results",
    type=_Results(file_okay=False, path_type=Path),
    default=RESULTS,
    show_default=True,
    metavar="DIRECTORY|URL",
    help="The folder of the database and of the trials' folders, or its URL on remote storage, "
    "such as s3://bucket/sweeps.",
)
storage_option = click.option(
    "--storage",
    envvar=STORAGE,
    callback=_refuse_password,
    metavar="URL",
    help=f"The URL of the database. Put a URL with a password into the environment variable "
    f"{STORAGE} instead. [default: studies.db in the results folder]",
)


def location_options(command: Callable[..., None]) -> Callable[..., None]:
    """Both options."""
    return results_option(storage_option(command))
