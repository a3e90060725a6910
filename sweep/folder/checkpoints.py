"""The checkpoints that a trial can continue from: its own or another's, if they can be read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

_EVENT_FILES = "**/events.out.tfevents.*"
_TAKEN = "-continued"
_EXPORTS = "export"
_UNFINISHED = "temp-"


class MissingCheckpointError(Exception):
    """The trial to continue has no checkpoint."""


def take_over(source: Path, model_dir: Path) -> None:
    """Gives a model_dir the newest checkpoint of another, unless it has one of its own.

    The files are hard links, so they take no space and survive the other folder. The event files
    come too, so that the training is one line in TensorBoard, and the exporters' files, because
    they may hold the best model so far.

    Args:
        source: the model_dir that is continued; nothing in it is changed.
        model_dir: an Estimator's folder, which may not exist yet.

    Raises:
        MissingCheckpointError: `source` has no checkpoint that can be read.
    """
    if _state(model_dir) is not None:
        return
    state = _state(source)
    known = [] if state is None else list(map(Path, state.all_model_checkpoint_paths))
    newest = next(filter(_is_readable, reversed(known)), None)
    if newest is None:
        raise MissingCheckpointError(f"{source} has no checkpoint that can be read")
    model_dir.mkdir(parents=True, exist_ok=True)
    for file in newest.parent.glob(f"{newest.name}.*"):
        _link(file, model_dir / file.name)
    for file in source.glob(_EVENT_FILES):
        # Under another name, or a writer that starts in the same second would write into it.
        _link(file, (model_dir / file.relative_to(source)).with_suffix(f"{file.suffix}{_TAKEN}"))
    _take_exports(source / _EXPORTS, model_dir / _EXPORTS)
    tf.compat.v1.train.update_checkpoint_state(str(model_dir), newest.name, [newest.name])


def _take_exports(source: Path, exports: Path) -> None:
    """Links SavedModels, because nothing writes into them; copies everything else."""
    for file in source.rglob("*"):
        path = file.relative_to(source)
        if file.is_dir() or any(part.startswith(_UNFINISHED) for part in path.parts):
            continue
        taken = exports / path
        if any(folder.name.isdigit() for folder in path.parents):
            _link(file, taken)
        else:
            taken.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, taken)


def has_checkpoint(model_dir: Path) -> bool:
    """Whether a model_dir names a checkpoint to continue from."""
    return _state(model_dir) is not None


def forget_checkpoints(model_dir: Path) -> None:
    """Removes what a training left in a model_dir, so that the next one starts from step 0."""
    for pattern in ("checkpoint", "model.ckpt-*", _EVENT_FILES):
        for file in model_dir.glob(pattern):
            file.unlink()


def put_aside_broken(model_dir: Path, aside: Path) -> tuple[str, ...]:
    """Moves unreadable checkpoints out of a model_dir, so that Estimator continues from a good one.

    Every tensor of the newest checkpoint is read, which compares its checksum. If one does not
    match, the checkpoint before it is checked, and so on.

    Args:
        model_dir: an Estimator's folder, which may not exist yet.
        aside: the folder to move the files of broken checkpoints to.

    Returns:
        The names of the broken checkpoints, the newest first; empty if there are none.
    """
    state = _state(model_dir)
    good = _found(model_dir) if state is None else list(map(Path, state.all_model_checkpoint_paths))
    broken = []
    while good and not _is_readable(good[-1]):
        broken.append(good.pop())
    for checkpoint in broken:
        aside.mkdir(exist_ok=True)
        for file in model_dir.glob(f"{checkpoint.name}.*"):
            file.replace(aside / file.name)
    if not broken and state is not None:
        return ()
    if good:
        names = [checkpoint.name for checkpoint in good]  # names stay valid if the folder moves
        tf.compat.v1.train.update_checkpoint_state(str(model_dir), names[-1], names)
    else:
        (model_dir / "checkpoint").unlink(missing_ok=True)
    return tuple(checkpoint.name for checkpoint in broken)


def _state(model_dir: Path) -> Any:
    """The content of the file `checkpoint`; None if missing, or empty after a loss of power."""
    try:
        return tf.train.get_checkpoint_state(str(model_dir))
    except (ValueError, tf.errors.OpError):  # UnicodeDecodeError is a ValueError
        return None


def _link(file: Path, link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    try:
        os.link(file, link)
    except OSError:  # the file system has no hard links, or it is another one
        shutil.copy2(file, link)


def _found(model_dir: Path) -> list[Path]:
    """The checkpoints whose index is in the folder, the oldest first."""
    indices = model_dir.glob("model.ckpt-*.index")
    return sorted((index.with_suffix("") for index in indices), key=_step)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _is_readable(checkpoint: Path) -> bool:
    try:
        reader = tf.train.load_checkpoint(str(checkpoint))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except Exception:
        # Depending on the damage, TensorFlow raises DataLossError, NotFoundError, ValueError and
        # others here. In none of these cases is there anything to continue from.
        return False
    return True
