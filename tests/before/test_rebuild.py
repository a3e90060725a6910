"""Studies that version 0.1.0 swept are rebuilt from their folders alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import sweep
from tests.before.test_before import (
    INTERRUPTED,
    KILLED,
    STUDY,
    UNTOLD,
    folder,
    newest_checkpoint,
    restored_steps,
    run,
    trials_of,
    unpack,
)

pytestmark = pytest.mark.tensorflow


def lose_database(results: Path) -> None:
    for file in results.glob("studies.db*"):
        file.unlink()


@pytest.mark.slow
def test_a_study_made_again_has_its_trials_and_goes_on(tmp_path: Path) -> None:
    results = unpack(tmp_path)
    before = trials_of(results, "plain")
    steps = {n: newest_checkpoint(folder(results, "plain", n)) for n in (KILLED, INTERRUPTED)}
    lose_database(results)
    said = run("rebuild --name plain --seed 1", STUDY, "--results", results)
    assert (said.stdout.splitlines()[-1], said.stderr) == (
        f"Restored study plain from {results}/plain: 12 trials.",
        "",
    )
    after = trials_of(results, "plain")
    for old, new in zip(before, after, strict=False):
        assert (new.params, new.distributions) == (old.params, old.distributions)
        assert new.user_attrs["seed"] == old.user_attrs["seed"]
        if old.number not in (UNTOLD, KILLED, INTERRUPTED):
            assert (new.state, new.values) == (old.state, old.values)
            assert new.intermediate_values == old.intermediate_values
    run("run --name plain --trials 12 --jobs 1", STUDY, "--results", results)
    for number, step in steps.items():
        assert trials_of(results, "plain")[number].state.name == "COMPLETE"
        assert step in restored_steps(folder(results, "plain", number))


@pytest.mark.slow
def test_the_best_of_rungs_is_the_best_when_they_are_made_again(tmp_path: Path) -> None:
    results = unpack(tmp_path)
    before = sweep.load_trials("rungs", results=results)
    lose_database(results)
    run("rebuild --name rungs", STUDY, "--results", results)
    after = sweep.load_trials("rungs", results=results)
    same = ["number", "state", "value", "seed", "paused_at", "params_degree", "params_loss"]
    assert after[same].equals(before[same])
