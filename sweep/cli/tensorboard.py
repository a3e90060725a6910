"""`sweep tensorboard`: the curves of a study's trials in a browser."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.page import page_options
from sweep.cli.options.study import study_name
from sweep.cli.screen.stderr import working
from sweep.errors import SweepError
from sweep.folder.layout import StudyFolder
from sweep.results import format
from sweep.storage.url import storage_url

SECONDS_BETWEEN_LOOKS = 10.0


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@page_options
def tensorboard(
    study: str | None, host: str, port: int | None, browse: bool, results: Path, storage: str | None
) -> None:
    """Show the curves of a study's trials, with TensorBoard.

    TensorBoard runs until Ctrl-C, and shows a running sweep too. You can leave STUDY out if the
    database holds only one. Each trial is a run such as trial-0007. Its evaluations are the run
    trial-0007/eval, and both share a chart. The HParams tab shows the params and the final metrics
    of every finished trial.

    \b
    sweep tensorboard digits_mlp
    sweep tensorboard digits_mlp --open --port 7000
    """
    from sweep.cli.screen.page import announce, warn_of_others

    url = storage or storage_url(results)
    paths = StudyFolder(results, study_name(study, url))
    signal.signal(signal.SIGTERM, _exit)  # otherwise SIGTERM would leave the folder behind
    with TemporaryDirectory(prefix="sweep-") as folder, suppress(KeyboardInterrupt):
        view = Path(folder, paths.name)
        with working(f"Starting TensorBoard on {format.path(paths.folder)}"):
            from sweep.viewers.tensorboard import bring_up_to_date, launch_tensorboard

            bring_up_to_date(view, url, paths)
            address = launch_tensorboard(view, host, port)
        warn_of_others(host, "see its trials")
        announce("TensorBoard", address, browse)
        while not threading.Event().wait(SECONDS_BETWEEN_LOOKS):
            with suppress(SweepError, OSError):  # the next look may do better
                bring_up_to_date(view, url, paths)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
