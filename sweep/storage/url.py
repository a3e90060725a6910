"""The URL of a database."""

from __future__ import annotations

from pathlib import Path


def storage_url(results: Path) -> str:
    """The URL of the SQLite database that holds every study of a results folder."""
    from sqlalchemy.engine import URL  # here, for a trial's process has no use for it

    return URL.create("sqlite", database=str(results / "studies.db")).render_as_string()
