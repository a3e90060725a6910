"""What the plots show of a study, as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from sweep.report.shown import joined, slots

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_curves_are_joined_over_several_continuations() -> None:
    lines = {n: np.array([[n * 10.0, n], [n * 10.0 + 10, n]]) for n in range(3)}
    whole = joined(lines, {1: 0, 2: 1})
    assert whole[2][:, 0].tolist() == [0, 10, 20, 30]
    assert whole[0].tolist() == lines[0].tolist()


def test_a_trial_takes_the_lowest_slot_that_is_free() -> None:
    assert slots([0, 0, 1, 2, 2, 2], [2, 1, 3, 3, 3, 3]).tolist() == [0, 1, 1, 0, 2, 3]
