"""Training data that ends before max_steps, in whole trainings and in legs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.schedule.leg import Leg
from sweep.trial.messages import Remarked
from sweep.trial.outcome import AttemptState, Cause, Failure
from tests.trial.attempts import Listening, attempt, input_fn, study, trained_on

pytestmark = pytest.mark.tensorflow


def test_a_study_may_ask_that_max_steps_are_reached(tmp_path: Path) -> None:
    spec = study(trained_on(lambda: input_fn(3)), require_max_steps=True)
    outcome = attempt(spec, tmp_path)
    detail = "the training's input_fn ended at step 12, before max_steps=20"
    assert outcome.failure == Failure(Cause.NO_DATA, detail)


def test_a_leg_whose_data_ends_is_the_end_of_its_training(tmp_path: Path) -> None:
    leg, spec = Leg(share=0.5), study(trained_on(lambda: input_fn(2)))
    assert attempt(spec, tmp_path / "early", leg=leg).state is AttemptState.COMPLETE
    spec = study(trained_on(lambda: input_fn(3)))
    assert attempt(spec, tmp_path / "later", leg=leg).state is AttemptState.PAUSED


def test_a_leg_that_finds_no_data_has_failed(tmp_path: Path) -> None:
    attempt(study(trained_on(input_fn)), tmp_path / "trial-0000", leg=Leg(share=0.5))
    outcome = attempt(
        study(trained_on(lambda: input_fn(0))), tmp_path / "trial-0001", number=1, leg=Leg(0)
    )
    assert outcome.failure == Failure(Cause.NO_DATA, "the training's input_fn yielded nothing")


def test_the_evaluation_at_the_end_of_the_data_prunes_nothing(tmp_path: Path) -> None:
    spec = study(trained_on(lambda: input_fn(3)))
    told = Listening(prune=lambda step: step == 12)
    assert attempt(spec, tmp_path / "a", told).state is AttemptState.COMPLETE
    (remark,) = [message for message in told.heard if isinstance(message, Remarked)]
    assert remark.text.startswith("'s training data ended at step 12, before max_steps=20, so ")
    told = Listening(prune=lambda step: step == 10)
    assert attempt(spec, tmp_path / "b", told).state is AttemptState.PRUNED
