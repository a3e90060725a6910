"""What `--on-end` passes to a user's command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sweep.cli.screen.ending import tell_end
from sweep.cli.screen.live import LineView
from sweep.results.score import Score
from tests import standin


@pytest.fixture
def score(tmp_path: Path) -> Score:
    """How a sweep of three trials stands at its end, of which the second has failed."""
    view = LineView()
    spec = standin.study_of(lambda number: "fail nan loss" if number == 1 else "train")
    standin.sweep(spec, tmp_path, view, n_trials=3, n_jobs=1)
    assert view.score is not None
    return view.score


def test_a_command_gets_the_outcome_as_json(score: Score, tmp_path: Path) -> None:
    tell_end(f"cat > {tmp_path}/end.json", score, 0)
    outcome = json.loads((tmp_path / "end.json").read_text())
    seconds, (best,) = outcome.pop("seconds"), outcome.pop("best")
    assert seconds > 0
    assert outcome == {
        "study": "study",
        "folder": str(tmp_path / "study"),
        "exit_code": 0,
        "trials": {"complete": 2, "paused": 0, "pruned": 0, "failed": 1, "waiting": 0},
    }
    (trial,) = score.best
    assert best == {
        "trial": trial.number,
        "values": {"score": trial.value},
        "params": trial.params,
        "model_dir": trial.user_attrs["model_dir"],
    }


def test_a_command_that_fails_or_does_not_listen_is_told_and_no_more(
    score: Score, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_end("exit 3", score, 0)
    assert capsys.readouterr().err == "--on-end: 'exit 3' ended with exit code 3.\n"
