"""The pictures of a study: what they show, read back from the figures themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import optuna
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial

from sweep import plots
from sweep.errors import UsageError
from sweep.report.drawing import joined, slots
from sweep.report.figures import PLOTS, draw_all
from sweep.results.data import StudyData, load_study
from sweep.storage.url import storage_url

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

NOON = datetime(2026, 3, 1, 12)
DISTRIBUTIONS: dict[str, BaseDistribution] = {
    "rate": FloatDistribution(1e-5, 1, log=True),
    "layers": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["tanh", "relu", None]),
    "batch": CategoricalDistribution([64, 16, 32]),
}
Direction = Literal["maximize", "minimize"]
Read = Callable[..., StudyData]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Makes a study of trials given as fields of `create_trial`, a second each, and reads it."""

    def made(*trials: dict[str, Any], direction: Direction = "maximize") -> StudyData:
        study = optuna.create_study(
            storage=storage_url(tmp_path), study_name="study", direction=direction
        )
        study.set_metric_names(["accuracy"])
        for number, fields in enumerate(trials):
            trial = create_trial(**fields)
            trial.datetime_start = NOON + timedelta(seconds=number // 2)
            trial.datetime_complete = trial.datetime_start + timedelta(seconds=1)
            study.add_trial(trial)
        return load_study("study", results=tmp_path)

    return made


def searched(n: int) -> list[dict[str, Any]]:
    """Complete trials with params of every kind, one of which not every trial has."""
    random = np.random.default_rng(0)
    trials = []
    for _ in range(n):
        params: dict[str, Any] = {
            "rate": float(10 ** random.uniform(-5, 0)),
            "layers": int(random.integers(1, 5)),
            "kind": ["tanh", "relu", None][random.integers(3)],
            "batch": [64, 16, 32][random.integers(3)],
        }
        distributions = dict(DISTRIBUTIONS)
        if params["layers"] > 2:
            params["units"] = int(random.integers(1, 9))
            distributions["units"] = IntDistribution(1, 9, log=True)
        trials.append(
            {
                "value": float(random.uniform()),
                "params": params,
                "distributions": distributions,
                "intermediate_values": {10: 0.1, 20: 0.2},
                "user_attrs": {"train_seconds": 0.5, "evaluate_seconds": 0.25},
            }
        )
    return trials


def failed(failure: str | None = None) -> dict[str, Any]:
    attrs = {} if failure is None else {"failure": failure}
    return {"state": TrialState.FAIL, "user_attrs": attrs}


def texts_of(figure: Figure) -> list[str]:
    figure.canvas.draw()
    (axes,) = figure.axes
    return [tick.get_text() for tick in axes.get_yticklabels()]


def test_every_figure_is_drawn_of_a_study_of_every_kind_of_param(read: Read) -> None:
    pictures, missing = draw_all(read(*searched(30), failed("nan loss: at step 3")))
    assert [p.plot.name for p in pictures] == [p.name for p in PLOTS if p.name != "pareto-front"]
    assert missing == ["Study 'study' has one metric, so no Pareto front."]


def test_each_figure_is_written_as_svg_and_png(read: Read, tmp_path: Path) -> None:
    pictures, _ = draw_all(read(*searched(5)))
    for picture in pictures:
        picture.save(tmp_path)
        assert (tmp_path / f"{picture.plot.name}.svg").read_text().startswith("<?xml")
        assert (tmp_path / f"{picture.plot.name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_study_without_trials_has_no_figure_and_says_why(read: Read) -> None:
    pictures, missing = draw_all(read())
    assert pictures == []
    assert missing == [
        "Study 'study' has one metric, so no Pareto front.",
        "No trial of study 'study' is complete yet.",
        "No trial of study 'study' has reported a learning curve.",
        "The importance of params shows in 4 complete trials or more, but study 'study' has 0.",
        "No trial of study 'study' has ended yet.",
        "No trial of study 'study' has failed.",
    ]


def test_trials_without_params_or_with_one_value_for_all_are_drawn(read: Read) -> None:
    pictures, missing = draw_all(read(*[{"value": 0.5}] * 5))
    assert "history" in [picture.plot.name for picture in pictures]
    assert "Study 'study' searches no params." in missing


@pytest.mark.parametrize(
    ("direction", "best"), [("maximize", [2, 2, 3, 3]), ("minimize", [2, 1, 1, 1])]
)
def test_the_history_follows_the_best(read: Read, direction: Direction, best: list[float]) -> None:
    values = [{"value": float(value)} for value in (2, 1, 3, 2)]
    figure = plots.history(read(*values, failed(), direction=direction))
    (line,) = figure.axes[0].lines
    assert np.asarray(line.get_ydata()).tolist() == best
    assert figure.axes[0].get_ylabel() == "accuracy"


def test_a_choice_of_none_is_shown_and_a_param_that_a_trial_lacks_is_not(read: Read) -> None:
    trials = searched(12)
    for number, trial in enumerate(trials):
        trial["params"] = {"layers": number % 4 + 1} | (
            {"kind": ["tanh", "relu", None][number % 3]} if number < 9 else {}
        )
        trial["distributions"] = {name: DISTRIBUTIONS[name] for name in trial["params"]}
    study = read(*trials)
    figure = plots.slices(study)
    figure.canvas.draw()
    (axes,) = [axes for axes in figure.axes if axes.get_xlabel() == "kind"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["tanh", "relu", "None"]
    points = axes.collections[0].get_offsets()
    assert sorted(x for x, _ in np.asarray(points)) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    (lines,) = plots.parallel(study).axes[0].collections
    assert isinstance(lines, LineCollection)
    assert sorted(map(len, lines.get_segments())) == [2] * 3 + [3] * 9


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


def test_curves_are_joined_over_several_continuations() -> None:
    lines = {n: np.array([[n * 10.0, n], [n * 10.0 + 10, n]]) for n in range(3)}
    whole = joined(lines, {1: 0, 2: 1})
    assert whole[2][:, 0].tolist() == [0, 10, 20, 30]
    assert whole[0].tolist() == lines[0].tolist()


def test_a_trial_takes_the_lowest_slot_that_is_free() -> None:
    assert slots([0, 0, 1, 2, 2, 2], [2, 1, 3, 3, 3, 3]).tolist() == [0, 1, 1, 0, 2, 3]


def test_failures_are_counted_by_reason(read: Read) -> None:
    trials = [failed("nan loss: a"), failed("nan loss: b"), failed("stalled: c"), failed()]
    figure = plots.failures(read(*trials))
    assert sorted(texts_of(figure)) == ["nan loss", "no reason recorded", "stalled"]
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "1", "2"]


def test_the_time_is_divided_among_what_was_done(read: Read) -> None:
    figure = plots.time_spent(read(*searched(4)))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "train 50%",
        "evaluate 25%",
        "build 0%",
        "overhead 25%",
    ]


def test_the_front_stands_out(tmp_path: Path) -> None:
    study = optuna.create_study(
        storage=storage_url(tmp_path), study_name="study", directions=["maximize", "minimize"]
    )
    for values in ([0.5, 10], [0.75, 20], [0.5, 30]):
        study.tell(study.ask(), values)
    (line,) = plots.pareto_front(load_study("study", results=tmp_path)).axes[0].lines
    assert np.asarray(line.get_xydata()).tolist() == [[0.5, 10], [0.75, 20]]


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_a_few_very_bad_values_do_not_press_the_others_flat(
    read: Read, direction: Direction, sign: int
) -> None:
    values = [sign * value for value in (-1e6, *np.linspace(0.1, 0.9, 99))]
    (axes,) = plots.history(read(*[{"value": v} for v in values], direction=direction)).axes
    assert np.ptp(axes.get_ylim()) < 1
    assert [text.get_text() for text in axes.texts] == ["1 worse not shown"]


def test_infinite_values_are_left_out(read: Read) -> None:
    trials = searched(8)
    trials[0]["value"], trials[1]["value"] = float("inf"), float("-inf")
    pictures, _ = draw_all(read(*trials))
    assert len(pictures) == len(PLOTS) - 2


def test_drawing_leaves_the_settings_of_matplotlib_alone(read: Read) -> None:
    before = dict(mpl.rcParams)
    draw_all(read(*searched(5)))
    assert dict(mpl.rcParams) == before


def test_drawing_imports_no_tensorflow_and_no_pyplot() -> None:
    program = "import sys; from sweep import plots; print('tensorflow' in sys.modules, " + (
        "'matplotlib.pyplot' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout == "False False\n"


def test_what_cannot_be_drawn_is_one_sentence(read: Read) -> None:
    with pytest.raises(UsageError) as raised:
        plots.curves(read({"value": 0.5}))
    assert str(raised.value) == "No trial of study 'study' has reported a learning curve."
