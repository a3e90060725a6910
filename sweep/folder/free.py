"""Removes files from a trial's model_dir, and nothing outside of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sweep.errors import StorageError
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.folder.mirror import Mirror, find_mirror

# What Estimator needs to restore a model, including the graph and Keras's first checkpoint.
CHECKPOINT_FILES = ("checkpoint", "model.ckpt-*", "graph.pbtxt", "keras/*")
EVENT_FILES = ("**/events.out.tfevents.*",)
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Freed:
    """What is removed of one trial."""

    number: int
    state: str
    files: tuple[Path, ...]
    n_bytes: int
    """Files that another trial has a hard link to do not count. For remote results, bytes there."""
    there: tuple[str, ...] = ()
    """The names of what is removed from remote results."""
    mirror: Mirror | None = None


def files_there(study: StudyFolder) -> Mapping[str, int]:
    """The files of a study on remote storage with their bytes; empty if it is on a disk.

    Raises:
        RemoteError: they cannot be listed.
    """
    mirror = find_mirror(study.results)
    return _NONE if mirror is None else mirror.remote.sizes(study.name)


def find(
    study: StudyFolder,
    number: int,
    state: str,
    seed: int | None,
    patterns: Sequence[str],
    there: Mapping[str, int] = _NONE,
) -> Freed:
    """The files of a trial's model_dir that match the patterns; nothing is removed yet.

    Args:
        study: the study's folder.
        number: the trial's number.
        state: the trial's state.
        seed: the trial's seed, by which its folder is recognized.
        patterns: patterns of paths in the model_dir.
        there: the study's files on remote storage.

    Raises:
        StorageError: the folder belongs to another trial, or a path leads out of it.
    """
    paths, folder = study.trial(number), study.folder
    files = tuple(_files(paths.model_dir, patterns))
    if files and _seed_on_disk(paths) != seed:
        raise StorageError(
            f"{paths.folder} is not the folder of trial {number} in this database, so "
            "nothing was removed: use the right --results and --storage."
        )
    for file in files:
        if not file.resolve().is_relative_to(folder):
            raise StorageError(
                f"{file} leads out of the study's folder, to {file.resolve()}, so nothing was "
                "removed: replace the link with a folder."
            )
    stats = [file.lstat() for file in files]
    n_bytes = sum(stat.st_size for stat in stats if stat.st_nlink == 1)
    mirror = find_mirror(study.results)
    if mirror is None:
        return Freed(number, state, files, n_bytes)
    names = _matching(there, f"{paths.folder.name}/model/", patterns)
    if names:
        _refuse_foreign_there(mirror, study, paths, seed)
    n_bytes = sum(there[name] for name in names)
    return Freed(
        number, state, files, n_bytes, tuple(f"{study.name}/{name}" for name in names), mirror
    )


def _matching(there: Mapping[str, int], folder: str, patterns: Sequence[str]) -> list[str]:
    """The names that match, in the order of the patterns: files that name checkpoints go first."""
    names = [name for name in there if name.startswith(folder)]
    found = [
        name
        for pattern in patterns
        for name in sorted(names)
        if fnmatch(name.removeprefix(folder), pattern)
        or fnmatch(f"/{name.removeprefix(folder)}", pattern)
    ]
    return list(dict.fromkeys(found))


def _refuse_foreign_there(
    mirror: Mirror, study: StudyFolder, paths: TrialFolder, seed: int | None
) -> None:
    name = f"{study.name}/{paths.folder.name}"
    if _seed_in(mirror.remote.read(f"{name}/params.json")) != seed:
        raise StorageError(
            f"{mirror.remote.address(name)} is not the folder of that trial in this database, so "
            "nothing was removed: use the right --results and --storage."
        )


def free_there(study: StudyFolder, number: int, seed: int | None, patterns: Sequence[str]) -> None:
    """Removes files on remote storage that match the patterns of a trial's model_dir.

    Raises:
        StorageError: the folder belongs to another trial.
        RemoteError: the storage cannot be used.
    """
    mirror = find_mirror(study.results)
    if mirror is None:
        return
    folder = study.trial(number).folder.name
    sizes = mirror.remote.sizes(f"{study.name}/{folder}")
    there = {f"{folder}/{name}": size for name, size in sizes.items()}
    mirror.remote.remove(find(study, number, "", seed, patterns, there).there)


def free(planned: Sequence[Freed]) -> None:
    """Removes the files that were found.

    Raises:
        StorageError: a file cannot be removed.
    """
    for freed in planned:
        if freed.mirror is not None:
            freed.mirror.remote.remove(freed.there)
        for file in freed.files:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{file} cannot be removed: {error.strerror}.") from error


def _seed_on_disk(paths: TrialFolder) -> int | None:
    """The seed of the trial that the folder belongs to."""
    try:
        return _seed_in(paths.params.read_bytes())
    except OSError:
        return None


def _seed_in(params: bytes | None) -> int | None:
    try:
        content: Any = json.loads(params or b"")
        seed: int = content["seed"]
    except (ValueError, KeyError):
        return None
    return seed


def _files(model_dir: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        for found in sorted(model_dir.glob(pattern)):
            if found.is_dir():  # a checkpoint that was still being written
                yield from (file for file in sorted(found.rglob("*")) if not file.is_dir())
            else:
                yield found
