"""Estimators that were made with another RunConfig, with the trial's model_dir."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from sweep.folder.layout import TrialFolder
from sweep.trial.attempt import run_here
from sweep.trial.messages import Evaluated, Order, Remarked, Started
from tests.trial.attempts import Listening, attempt, input_fn, study, trained_on

pytestmark = pytest.mark.tensorflow


def remarks(channel: Listening) -> list[str]:
    return [message.text for message in channel.heard if isinstance(message, Remarked)]


def started(channel: Listening) -> Started:
    return next(message for message in channel.heard if isinstance(message, Started))


def steps(channel: Listening) -> list[int]:
    return [message.step for message in channel.heard if isinstance(message, Evaluated)]


def own(**settings: Any) -> Any:
    """A study whose `build` makes a RunConfig of its own with these settings."""

    def own_config(config: Any) -> Any:
        return tf.estimator.RunConfig(model_dir=config.model_dir, **settings)

    return study(trained_on(input_fn, own_config=own_config), save_checkpoints_steps=None)


def test_a_config_of_its_own_is_given_the_seed_and_the_interval(tmp_path: Path) -> None:
    losses = []
    for name in "a", "b":
        channel = Listening()
        outcome = attempt(own(), tmp_path / name, channel, evaluate_every=8, seed=3)
        losses.append(outcome.metrics["loss"])
        assert steps(channel) == [8, 16, 20]
    assert losses[0] == losses[1]
    assert attempt(own(), tmp_path / "c", seed=4).metrics["loss"] != losses[0]
    assert remarks(channel) == [
        "'s Estimator has a RunConfig of its own. It now has the trial's tf_random_seed=3 and "
        "save_checkpoints_steps=8. Pass config=config to it, or config.replace(…), to pass them on "
        "yourself."
    ]


def test_a_first_trial_that_is_only_built_has_the_interval(tmp_path: Path) -> None:
    channel = Listening()
    order = Order("study", -1, 1, {}, {}, seed=0, evaluate_every=8, check_only=True)
    run_here(own(), order, TrialFolder(tmp_path), channel)
    assert started(channel).save_checkpoints_steps == 8


def test_what_the_program_has_set_itself_stays(tmp_path: Path) -> None:
    channel = Listening()
    spec = own(tf_random_seed=1, save_checkpoints_steps=15)
    attempt(spec, tmp_path, channel, evaluate_every=8, seed=3)
    assert steps(channel) == [15, 20]
    assert remarks(channel) == [
        "'s Estimator has a tf_random_seed=1 of its own, and keeps it instead of the trial's "
        "seed. Pass config=config to it, or leave tf_random_seed out."
    ]


def test_the_trials_own_config_is_no_news(tmp_path: Path) -> None:
    channel = Listening()
    attempt(study(trained_on(input_fn)), tmp_path, channel)
    assert remarks(channel) == []


def test_a_program_that_makes_one_config_for_all_is_not_given_another_trials_seed(
    tmp_path: Path,
) -> None:
    shared = tf.estimator.RunConfig(model_dir=str(tmp_path / "model"))
    spec = study(trained_on(input_fn, own_config=lambda config: shared))
    first = attempt(spec, tmp_path, seed=3).metrics
    assert shared.tf_random_seed is None
    assert first
