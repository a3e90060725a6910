"""Which part of a training a trial is; no Optuna, for a trial's process needs none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leg:
    """Part of a training: all of it, unless something else is said."""

    continues: int | None = None
    """The number of the trial whose checkpoint it goes on from."""
    share: float = 1.0
    """How much of max_steps is done when it ends; less than the whole pauses it there."""
    max_steps: int | None = None
    """Instead of the TrainSpec's."""


WHOLE = Leg()
