"""Whose a trial's folder is, so that no trial goes on from the checkpoint of another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sweep.errors import StorageError
from sweep.folder.atomic import write_json
from sweep.folder.room import is_full
from sweep.trial.messages import Order


class ForeignFolderError(Exception):
    """The folder is another trial's."""


class DiskFullError(Exception):
    """There is no room for the folder."""


def claim_folder(order: Order, suggested: Mapping[str, Any], study_sha256: str | None) -> None:
    """Makes the trial's folder and says whose it is in params.json, or sees that it says so.

    Args:
        order: the attempt that shall run in the folder.
        suggested: the params as the study has them.
        study_sha256: the hash of the study file.

    Raises:
        ForeignFolderError: it is another trial's.
        DiskFullError: there is no room for it.
        StorageError: it cannot be written to for another reason.
    """
    paths = order.paths
    identity = {"number": order.number, "seed": order.seed, "suggested": dict(suggested)}
    try:
        paths.folder.mkdir(parents=True, exist_ok=True)
        if paths.params.exists():
            _compare(json.loads(paths.params.read_text()), identity, order)
        elif paths.model_dir.exists() and any(paths.model_dir.iterdir()):
            raise ForeignFolderError(f"no params.json says whose {paths.model_dir} is")
        paths.stop.unlink(missing_ok=True)
        paths.result.unlink(missing_ok=True)
        what = {**identity, "params": order.params, "study_file_sha256": study_sha256}
        write_json(paths.params, what)
    except OSError as error:
        if is_full(error):
            raise DiskFullError(str(error)) from error
        raise StorageError(f"{paths.folder} cannot be written to: {error.strerror}.") from error


def _compare(there: Mapping[str, Any], identity: Mapping[str, Any], order: Order) -> None:
    for name, ours in identity.items():
        theirs = there.get(name)
        if theirs != ours:
            raise ForeignFolderError(
                f"{order.paths.folder} is another trial's, for its params.json has {name} "
                f"{theirs!r} and not {ours!r}"
            )
