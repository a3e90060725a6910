"""A sweep that something listens to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from sweep import events
from sweep.listeners.audience import Audience
from tests import standin

Listened = Callable[..., optuna.Study]


@pytest.fixture
def listened(tmp_path: Path) -> Listened:
    """Sweeps three trials, of which the second fails, while these listen."""

    def swept(*listeners: events.Listener) -> optuna.Study:
        spec = standin.study_of(lambda number: "fail nan loss: at 3" if number == 1 else "train")
        with Audience(*listeners) as audience:
            return standin.sweep(spec, tmp_path / "results", audience, n_trials=3, n_jobs=1)

    return swept
