"""Claims a trial's folder, so that no trial continues from another trial's checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.folder.atomic import write_json
from sweep.folder.layout import TrialFolder


class ForeignFolderError(Exception):
    """The folder belongs to another trial."""


def claim(folder: TrialFolder, identity: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Creates the trial's folder and writes params.json, or checks that it is this trial's.

    The result of an earlier attempt, and a request to stop it, are removed.

    Args:
        folder: the trial's folder.
        identity: what only this trial's folder has: number, seed and the suggested params.
        details: what else to write into params.json.

    Raises:
        ForeignFolderError: the folder belongs to another trial.
        OSError: it cannot be written to.
    """
    folder.folder.mkdir(parents=True, exist_ok=True)
    if (there := folder.read_params()) is not None:
        _compare(there, identity, folder)
    elif folder.params.exists():
        pass  # a loss of power left it empty: the folder was claimed by its number
    elif folder.model_dir.exists() and any(folder.model_dir.iterdir()):
        raise ForeignFolderError(f"{folder.model_dir} has no params.json that says whose it is")
    folder.stop.unlink(missing_ok=True)
    folder.result.unlink(missing_ok=True)
    write_json(folder.params, {**identity, **details}, synced=True)


def _compare(there: Mapping[str, Any], identity: Mapping[str, Any], folder: TrialFolder) -> None:
    for name, ours in identity.items():
        theirs = there.get(name)
        if theirs != ours:
            raise ForeignFolderError(
                f"{folder.folder} belongs to another trial: its params.json has {name} "
                f"{theirs!r}, not {ours!r}"
            )
