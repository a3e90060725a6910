"""TensorBoard over the trials of a study: their curves, their params and their final metrics."""

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
    """Lays out below `view` what the study has by now.

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
    # By this name's presence TensorBoard knows that it is to do without TensorFlow, which some of
    # its pages would import when they are opened, for seconds and with messages on the screen.
    sys.modules["tensorboard.compat.notf"] = ModuleType("notf")
    server = program.TensorBoard()
    # Where no port is named, TensorBoard itself looks for a free one from its usual one on.
    server.configure(argv=("",), logdir=str(view), host=host, port=port)
    try:
        return str(server.launch())
    except program.TensorBoardServerException as error:
        raise cannot_listen(host, port or USUAL_PORT, str(error.msg)) from error
