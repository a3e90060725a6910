"""A fault of the tool itself: its traceback goes to a file, and one sentence names that file."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from sweep.errors import FaultError, SweepError
from sweep.results import format


@contextmanager
def faults_kept_in(folder: Path, secret: str | None) -> Iterator[None]:
    """Turns an unexpected exception into a FaultError.

    Args:
        folder: where to write the traceback.
        secret: a password that must not be written.

    Raises:
        FaultError: something other than a SweepError was raised.
    """
    try:
        yield
    except (SweepError, click.exceptions.Exit, click.ClickException):
        raise
    except Exception as error:
        report = traceback.format_exc()
        if secret:
            report = report.replace(secret, "***")
        where = format.path(_write(report, folder))
        raise FaultError(
            f"The sweep failed with an internal error ({type(error).__name__}). The traceback is "
            f"in {where}. Checkpoints are not lost: run the same command again to continue."
        ) from error


def _write(report: str, folder: Path) -> Path:
    file = folder / f"fault-{datetime.now():%Y%m%d-%H%M%S}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(report, encoding="utf-8")
    except OSError:  # the screen is the last place left for it
        click.echo(report, err=True)
    return file
