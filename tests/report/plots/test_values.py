"""How good the trials are, read back from the figures themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import optuna
import pytest

from sweep import plots
from sweep.errors import UsageError
from sweep.results.data import load_study
from sweep.storage.url import storage_url
from tests.report.studies import Direction, Read, failed

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.mark.parametrize(
    ("direction", "best"), [("maximize", [2, 2, 3, 3]), ("minimize", [2, 1, 1, 1])]
)
def test_the_history_follows_the_best(read: Read, direction: Direction, best: list[float]) -> None:
    values = [{"value": float(value)} for value in (2, 1, 3, 2)]
    figure = plots.history(read(*values, failed(), direction=direction))
    (line,) = figure.axes[0].lines
    assert np.asarray(line.get_ydata()).tolist() == best
    assert figure.axes[0].get_ylabel() == "accuracy"


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_a_few_very_bad_values_do_not_press_the_others_flat(
    read: Read, direction: Direction, sign: int
) -> None:
    values = [sign * value for value in (-1e6, *np.linspace(0.1, 0.9, 99))]
    (axes,) = plots.history(read(*[{"value": v} for v in values], direction=direction)).axes
    assert np.ptp(axes.get_ylim()) < 1
    side = "below, down" if direction == "maximize" else "above, up"
    assert axes.get_title(loc="left") == f"1 trial {side} to {sign * -1000000}"


def test_a_continuation_is_one_line_with_the_trial_that_it_goes_on_from(read: Read) -> None:
    study = read(
        {"value": 0.2, "intermediate_values": {10: 0.1, 20: 0.2}},
        {
            "value": 0.4,
            "intermediate_values": {20: 0.25, 30: 0.4},
            "user_attrs": {"continues": 0},
        },
    )
    (line,) = plots.curves(study).axes[0].lines
    assert np.asarray(line.get_xydata()).tolist() == [[10, 0.1], [20, 0.25], [30, 0.4]]


def test_the_front_stands_out(tmp_path: Path) -> None:
    study = optuna.create_study(
        storage=storage_url(tmp_path), study_name="study", directions=["maximize", "minimize"]
    )
    for values in ([0.5, 10], [0.75, 20], [0.5, 30]):
        study.tell(study.ask(), values)
    (line,) = plots.pareto_front(load_study("study", results=tmp_path)).axes[0].lines
    assert np.asarray(line.get_xydata()).tolist() == [[0.5, 10], [0.75, 20]]


def test_what_cannot_be_drawn_is_one_sentence(read: Read) -> None:
    with pytest.raises(UsageError) as raised:
        plots.curves(read({"value": 0.5}))
    assert str(raised.value) == "No trial of study 'study' has reported a learning curve."
