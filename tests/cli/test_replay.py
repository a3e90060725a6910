"""`sweep replay` as a person meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sweep
from sweep.cli.replay import what_is_trained
from tests.running import run_sweep


def test_a_replay_says_what_it_trains() -> None:
    assert what_is_trained([7], own_seed=False) == (
        "Training trial 7 again, in one go, with another seed. --own-seed keeps the trial's seed."
    )
    assert what_is_trained([1, 9, 12], own_seed=True) == (
        "Training the 3 legs of trial 12 again, with the same seed."
    )


def test_a_replay_has_one_seed() -> None:
    ended = run_sweep("replay", "--own-seed", "--seed", "7")
    assert (ended.returncode, ended.stderr) == (
        2,
        "sweep: --own-seed and --seed exclude each other: leave one of them out.\n",
    )


@pytest.mark.slow
def test_a_replay_with_the_trials_own_seed_has_its_value(digits_mlp: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(digits_mlp, results)
    replay = ("replay", "digits_mlp", "--trial", "0", "--results", results)
    ended = run_sweep(*replay, "--own-seed")
    assert ended.returncode == 0
    assert ended.stderr == "Training trial 0 again, in one go, with the same seed.\n"
    other = run_sweep(*replay, "--name", "other", "--seed", "99")
    assert other.returncode == 0
    first, again, anew = (
        sweep.load_trials(name, results=results).iloc[0]
        for name in ("digits_mlp", "digits_mlp-replay", "other")
    )
    assert (again["seed"], again["value"]) == (first["seed"], first["value"])
    assert anew["seed"] != first["seed"]
