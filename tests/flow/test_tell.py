"""How an outcome is written to the study: completely, once, and never over another's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from sweep.flow.tell import end_trial
from sweep.storage.database import open_for_sweep
from sweep.storage.opening import open_study
from sweep.storage.study import AskedStudy
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome
from tests.standin import study_of

EVALUATIONS = [{"step": step, "score": step / 100} for step in (10, 20, 30)]
COMPLETE = Outcome(AttemptState.COMPLETE, {"score": 0.3}, evaluations=EVALUATIONS)


class OvertakenStudy(AskedStudy):
    """A study that somebody else tells the end of a trial while this process is about to."""

    def note(
        self,
        number: int,
        attrs: Mapping[str, Any],
        reports: Mapping[int, float] | None = None,
        system_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().note(number, attrs, reports, system_attrs)
        self.tell(number, state=TrialState.FAIL)


@pytest.fixture
def study(tmp_path: Path) -> AskedStudy:
    storage = open_for_sweep(f"sqlite:///{tmp_path}/studies.db")
    return open_study(storage, "study", study_of(), seed=1)


def test_evaluations_that_the_study_lacks_come_with_the_outcome(study: AskedStudy) -> None:
    study.ask().report(0.1, 10)
    told = end_trial(study, ("score",), 0, COMPLETE)
    assert told.state is TrialState.COMPLETE
    assert told.intermediate_values == {10: 0.1, 20: 0.2, 30: 0.3}


def test_what_is_told_again_changes_nothing(study: AskedStudy) -> None:
    study.ask()
    told = end_trial(study, ("score",), 0, COMPLETE)
    again = end_trial(
        study, ("score",), 0, Outcome(AttemptState.FAIL, failure=Failure(Cause.SIGNAL, "SIGKILL"))
    )
    assert again == told


def test_what_another_has_told_meanwhile_stays(study: AskedStudy) -> None:
    study.ask()
    overtaken = OvertakenStudy("study", study._database)
    assert end_trial(overtaken, ("score",), 0, COMPLETE).state is TrialState.FAIL


def test_evaluations_that_are_no_numbers_are_passed_over(study: AskedStudy) -> None:
    study.ask()
    odd: list[dict[str, Any]] = [
        {"step": 10, "score": "large"},
        {"step": 20},
        {"step": 30, "score": float("nan")},
    ]
    told = end_trial(
        study,
        ("score",),
        0,
        Outcome(AttemptState.FAIL, failure=Failure(Cause.METRIC, "x"), evaluations=odd),
    )
    assert list(told.intermediate_values) == [30]
