"""Taking files out of a trial's model_dir, and nothing that lies anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweep.errors import StorageError
from sweep.folder.layout import StudyFolder, TrialFolder

# What Estimator needs to restore a model, with the graph and with Keras's first checkpoint.
CHECKPOINT_FILES = ("checkpoint", "model.ckpt-*", "graph.pbtxt", "keras/*")
EVENT_FILES = ("**/events.out.tfevents.*",)


@dataclass(frozen=True)
class Freed:
    """What goes of one trial."""

    number: int
    state: str
    files: tuple[Path, ...]
    n_bytes: int
    """Without files that another trial shares by a hard link."""


def find(
    study: StudyFolder, number: int, state: str, seed: int | None, patterns: Sequence[str]
) -> Freed:
    """The files of a trial's model_dir that match the patterns; nothing is touched.

    Args:
        study: the study's folder.
        number: the trial's.
        state: the trial's.
        seed: the trial's, by which its folder is known to be its own.
        patterns: of paths in the model_dir.

    Raises:
        StorageError: the folder is another trial's, or a path leads out of it.
    """
    paths, folder = study.trial(number), study.folder
    files = tuple(_files(paths.model_dir, patterns))
    if files and _seed_on_disk(paths) != seed:
        raise StorageError(
            f"{paths.folder} is not the folder of trial {number} in this database, so "
            "nothing was freed: name the right --results and --storage."
        )
    for file in files:
        if not file.resolve().is_relative_to(folder):
            raise StorageError(
                f"{file} leads out of the study's folder, to {file.resolve()}, so nothing was "
                "freed: put a folder there instead of the link."
            )
    stats = [file.lstat() for file in files]
    n_bytes = sum(stat.st_size for stat in stats if stat.st_nlink == 1)
    return Freed(number, state, files, n_bytes)


def free(planned: Sequence[Freed]) -> None:
    """Removes what was found.

    Raises:
        StorageError: a file cannot be removed.
    """
    for freed in planned:
        for file in freed.files:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{file} cannot be removed: {error.strerror}.") from error


def _seed_on_disk(paths: TrialFolder) -> int | None:
    """The seed of the trial whose folder this is."""
    try:
        seed: int = json.loads(paths.params.read_text(encoding="utf-8"))["seed"]
    except (OSError, ValueError, KeyError):
        return None
    return seed


def _files(model_dir: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        for found in sorted(model_dir.glob(pattern)):
            if found.is_dir():  # of a checkpoint that was being written
                yield from (file for file in sorted(found.rglob("*")) if not file.is_dir())
            else:
                yield found
