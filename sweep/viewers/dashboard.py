"""optuna-dashboard for the studies of a database, with the trials' logs and learning curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sweep.errors import UsageError
from sweep.storage.database import open_existing, open_for_reading
from sweep.storage.reading import summarize_study
from sweep.viewers.artifacts import TrialFiles

USUAL_PORT = 8080


def dashboard_over(url: str, results: Path, study: str | None) -> tuple[Any, str]:
    """The application for a database, and the path of its first page, or of the named study's.

    Raises:
        StorageError: there is no such database or study.
        UsageError: optuna-dashboard is not installed.
    """
    try:
        from optuna_dashboard import wsgi
    except ImportError:
        raise UsageError(
            "optuna-dashboard is not installed: run `pip install 'optuna-dashboard>=0.20'`."
        ) from None
    database = open_existing(url)
    app = wsgi(database, TrialFiles(url, database, results))
    if study is None:
        return app, "/dashboard"
    summarize_study(open_for_reading(url), study)  # raises if there is no such study
    return app, f"/dashboard/studies/{database.get_study_id_from_name(study)}"
