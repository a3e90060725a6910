"""Whose a trial's folder is, so that no trial goes on from the checkpoint of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.folder.atomic import write_json
from sweep.folder.layout import TrialFolder
from sweep.folder.room import is_full


class ForeignFolderError(Exception):
    """The folder is another trial's."""


class DiskFullError(Exception):
    """There is no room for the folder."""


class UnwritableFolderError(Exception):
    """The folder cannot be written to, for another reason than want of room."""


def claim(folder: TrialFolder, identity: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Makes the trial's folder and says whose it is in params.json, or sees that it says so.

    The result of an attempt before, and a wish to stop it, go.

    Args:
        folder: the trial's.
        identity: what no other trial's folder has: number, seed and the suggested params.
        details: what else params.json says.

    Raises:
        ForeignFolderError: it is another trial's.
        DiskFullError: there is no room for it.
        UnwritableFolderError: it cannot be written to for another reason.
    """
    try:
        folder.folder.mkdir(parents=True, exist_ok=True)
        if (there := folder.read_params()) is not None:
            _compare(there, identity, folder)
        elif folder.params.exists():
            pass  # a loss of power has left it empty: the folder was claimed by its number
        elif folder.model_dir.exists() and any(folder.model_dir.iterdir()):
            raise ForeignFolderError(f"no params.json says whose {folder.model_dir} is")
        folder.stop.unlink(missing_ok=True)
        folder.result.unlink(missing_ok=True)
        write_json(folder.params, {**identity, **details}, synced=True)
    except OSError as error:
        if is_full(error):
            raise DiskFullError(str(error)) from error
        raise UnwritableFolderError(
            f"{folder.folder} cannot be written to: {error.strerror}."
        ) from error


def _compare(there: Mapping[str, Any], identity: Mapping[str, Any], folder: TrialFolder) -> None:
    for name, ours in identity.items():
        theirs = there.get(name)
        if theirs != ours:
            raise ForeignFolderError(
                f"{folder.folder} is another trial's, for its params.json has {name} "
                f"{theirs!r} and not {ours!r}"
            )
