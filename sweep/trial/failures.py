"""Why an attempt failed: by the exception that ended it, or by its final evaluation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from sweep.errors import SweepError
from sweep.folder.checkpoints import MissingCheckpointError
from sweep.folder.room import is_full
from sweep.training.leg import OtherShapeError
from sweep.trial.explanation import in_one_line, with_place, words_of
from sweep.trial.outcome import Cause, Failure
from sweep.trial.reporter import as_json

_LACKED = re.compile(r"^Restoring from checkpoint failed.*Key (\S+) not found", re.DOTALL)


def failure_by(
    error: BaseException, *, in_evaluation: bool = False, continues: bool = False
) -> Failure:
    """The failure that an exception means.

    Args:
        error: the exception.
        in_evaluation: whether it was raised while a checkpoint was evaluated.
        continues: whether the trial continues another trial's checkpoint.
    """
    match error:
        case MissingCheckpointError():
            return Failure(Cause.NO_CHECKPOINT, str(error))
        case OtherShapeError():
            return Failure(Cause.MISMATCH, str(error))
        case tf.compat.v1.train.NanLossDuringTrainingError():
            return Failure(Cause.NAN_LOSS, str(error))
        case SweepError():
            return Failure(Cause.STUDY, str(error))
    words = words_of(error)
    if (lacked := _LACKED.search(words)) and in_evaluation:
        return Failure(
            Cause.EXCEPTION,
            f"{type(error).__name__}: the evaluation's graph has a variable {lacked[1]}, but the "
            "checkpoint from the training does not: let the model_fn create it in every mode, or "
            "in the collection LOCAL_VARIABLES",
        )
    if lacked and not continues:
        return Failure(
            Cause.MISMATCH,
            f"the model has {lacked[1]}, but the trial's checkpoint from an earlier attempt does "
            "not: the study file may have changed since then",
        )
    if lacked:
        return Failure(
            Cause.MISMATCH,
            f"the model has {lacked[1]} with these params, but the checkpoint to continue does "
            "not: leave params that change the model's variables out of --explore",
        )
    if is_full(Exception(words)):
        return Failure(Cause.DISK_FULL, in_one_line(error))
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return Failure(Cause.OUT_OF_MEMORY, in_one_line(error))
    return Failure(Cause.EXCEPTION, with_place(error))


def failure_in(
    metrics: Mapping[str, Any], wanted: Sequence[str], missing_data: str | None
) -> Failure | None:
    """What is wrong with the final evaluation; None if it has a value for each metric."""
    if missing_data is not None:
        return Failure(Cause.NO_DATA, missing_data)
    for name in wanted:
        if name not in metrics:
            there = ", ".join(sorted(metrics))
            return Failure(Cause.METRIC, f"no {name!r}; the evaluation has {there}")
        value = as_json(metrics[name])
        if not isinstance(value, float | int) or not math.isfinite(value):
            return Failure(Cause.METRIC, f"{name!r} is {value!r}, not a finite number")
    return None
