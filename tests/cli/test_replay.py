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
        "Trial 7 is trained once more, in one go, with another seed: --own-seed takes the one that "
        "it had."
    )
    assert what_is_trained([1, 9, 12], own_seed=True) == (
        "The 3 legs of trial 12 are trained once more, with the seed that it had."
    )


def test_a_replay_has_one_seed() -> None:
    ended = run_sweep("replay", "--own-seed", "--seed", "7")
    assert (ended.returncode, ended.stderr) == (
        2,
        "sweep: Train with --own-seed or with another --seed: leave one of them out.\n",
    )


@pytest.mark.slow
def test_a_replay_with_the_trials_own_seed_has_its_value(digits_mlp: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(digits_mlp, results)
    replay = ("replay", "digits_mlp", "--trial", "0", "--results", results)
    ended = run_sweep(*replay, "--own-seed")
    assert ended.returncode == 0
    assert ended.stderr == "Trial 0 is trained once more, in one go, with the seed that it had.\n"
    other = run_sweep(*replay, "--name", "other", "--seed", "99")
    assert other.returncode == 0
    first, again, anew = (
        sweep.load_trials(name, results=results).iloc[0]
        for name in ("digits_mlp", "digits_mlp-replay", "other")
    )
    assert (again["seed"], again["value"]) == (first["seed"], first["value"])
    assert anew["seed"] != first["seed"]
