"""TensorBoard for the trials of a study: their curves, their params and their final metrics."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from tensorboard import program

from sweep.folder.fetch import fetch_events
from sweep.folder.layout import StudyFolder
from sweep.viewers.hparams import write_hparams
from sweep.viewers.runs import link_runs
from sweep.viewers.server import cannot_listen

USUAL_PORT = 6006


def bring_up_to_date(view: Path, url: str, paths: StudyFolder) -> None:
    """Updates the files below `view` to the present state of the study.

    Raises:
        StorageError: there is no such study, or its folder is missing or cannot be written to.
    """
    fetch_events(paths)
    write_hparams(url, paths)
    link_runs(paths, view)


def launch_tensorboard(view: Path, host: str, port: int | None) -> str:
    """Starts TensorBoard in a thread of this process; returns its address.

    Raises:
        UsageError: the host or the port cannot be listened on.
    """
    # This module tells TensorBoard to do without TensorFlow. Some of its pages would otherwise
    # import it when they are opened, which takes seconds and prints messages.
    sys.modules["tensorboard.compat.notf"] = ModuleType("notf")
    server = program.TensorBoard()
    # Without a port, TensorBoard itself looks for a free one, starting with its usual port.
    server.configure(argv=("",), logdir=str(view), host=host, port=port)
    try:
        return str(server.launch())
    except program.TensorBoardServerException as error:
        raise cannot_listen(host, port or USUAL_PORT, str(error.msg)) from error
