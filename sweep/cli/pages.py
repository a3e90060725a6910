"""`sweep dashboard` and `sweep tensorboard`: the ecosystem's own pages over a study."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import click

from sweep.cli import format
from sweep.cli.noise import working
from sweep.cli.place import results_option, storage_option
from sweep.cli.reading import study_name
from sweep.errors import SweepError, UsageError
from sweep.folder.layout import StudyFolder
from sweep.storage.url import storage_url

SECONDS_BETWEEN_LOOKS = 10.0

_OPTIONS = (
    click.option(
        "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        help="The port to listen on. [default: the usual one, or a free one where it is taken]",
    ),
    click.option("--open", "browse", is_flag=True, help="Open it in a browser."),
    results_option,
    storage_option,
)


def _with_page_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both pages have."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("study", required=False)
@_with_page_options
def dashboard(
    study: str | None, host: str, port: int | None, browse: bool, results: Path, storage: str | None
) -> None:
    """Show the studies of a database in a browser, with optuna-dashboard.

    It runs until Ctrl-C, also while a sweep runs. With STUDY, the address leads to that study. The
    dashboard has no password and can change and delete what it shows, so it listens on this
    machine alone unless --host says otherwise.

    \b
    sweep dashboard                        every study in results/studies.db
    sweep dashboard digits_mlp --open      one of them, in a browser
    sweep dashboard --port 9000 --storage postgresql+psycopg://user@host/name
    """
    from sweep.cli.serving import announce, listen, warn_of_others

    url = storage or storage_url(results)
    app, page = _dashboard(study, url, results)
    with listen(host, port) as server, suppress(KeyboardInterrupt):
        server.set_app(app)
        warn_of_others(host, "change and delete its studies")
        announce("optuna-dashboard", server.address + page, browse)
        server.serve_forever()


def _dashboard(study: str | None, url: str, results: Path) -> tuple[Any, str]:
    """The application over the database, and the path of its first page."""
    import optuna

    from sweep.storage.database import open_existing, open_for_reading
    from sweep.storage.reading import summarize_study
    from sweep.viewers.artifacts import TrialFiles

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        from optuna_dashboard import wsgi
    except ImportError:
        raise UsageError(
            "optuna-dashboard is not installed: run pip install 'optuna-dashboard>=0.20'."
        ) from None
    database = open_existing(url)
    app = wsgi(database, TrialFiles(url, database, results))
    if study is None:
        return app, "/dashboard"
    name = study_name(study, url)
    summarize_study(open_for_reading(url), name)  # says in a sentence that there is no such study
    return app, f"/dashboard/studies/{database.get_study_id_from_name(name)}"


@click.command()
@click.argument("study", required=False)
@_with_page_options
def tensorboard(
    study: str | None, host: str, port: int | None, browse: bool, results: Path, storage: str | None
) -> None:
    """Show the curves of a study's trials in a browser, with TensorBoard.

    It runs until Ctrl-C, also while a sweep runs. STUDY may be left out where the database holds
    only one. Each trial is a run, trial-0007, with its evaluations beside it in trial-0007/eval,
    so that their curves share a chart. The HParams tab has the params and the final metrics of
    every finished trial.

    \b
    sweep tensorboard digits_mlp
    sweep tensorboard digits_mlp --open --port 7000
    """
    from sweep.cli.serving import announce, launch_tensorboard, warn_of_others

    url = storage or storage_url(results)
    paths = StudyFolder(results, study_name(study, url))
    signal.signal(signal.SIGTERM, _exit)  # by itself it would leave the folder there
    with TemporaryDirectory(prefix="sweep-") as folder, suppress(KeyboardInterrupt):
        view = Path(folder, paths.name)
        with working(f"Starting TensorBoard on {format.path(paths.folder)}"):
            _bring_up_to_date(view, url, paths)
            address = launch_tensorboard(view, host, port)
        warn_of_others(host, "see its trials")
        announce("TensorBoard", address, browse)
        while not threading.Event().wait(SECONDS_BETWEEN_LOOKS):
            with suppress(SweepError, OSError):  # the next look may do better
                _bring_up_to_date(view, url, paths)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _bring_up_to_date(view: Path, url: str, paths: StudyFolder) -> None:
    """Lays out for TensorBoard what the study has by now."""
    from sweep.viewers.hparams import write_hparams
    from sweep.viewers.runs import link_runs

    write_hparams(url, paths)
    link_runs(paths, view)
