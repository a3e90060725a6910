"""What a sweep does about lost attempts, and about an earlier sweep that died."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.exceptions import StorageInternalError

from sweep import events
from sweep.errors import BusyError, UsageError
from sweep.storage.lock import sole_sweep
from sweep.storage.study import AskedStudy
from tests import standin
from tests.processes import Program
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]
Start = Callable[[int, str], Program]


def load(results: Path) -> optuna.Study:
    return optuna.load_study(study_name="study", storage=f"sqlite:///{results}/studies.db")


def test_a_killed_trial_goes_on_from_its_checkpoint_as_the_same_trial(
    sweep: Sweep, results: Path
) -> None:
    heard: list[events.Event] = []
    (trial,) = sweep(study_of("die SIGKILL 1"), n_trials=1, listener=heard.append).trials
    assert trial.state.name == "COMPLETE"
    assert trial.user_attrs["attempts"] == 2
    assert trial.user_attrs["lost_attempts"] == ["signal: SIGKILL"]
    assert events.AttemptLost(0, "signal: SIGKILL") in heard
    assert (results / "study/trial-0000/log.txt").read_text() == (
        "attempt 1 trains from step 0\nattempt 2 trains from step 10\n"
    )


@pytest.mark.parametrize(
    ("act", "retries", "attempts"),
    [
        ("die SIGKILL", 0, 1),
        ("die SIGKILL", 2, 3),
        ("die SIGSEGV", 2, 2),
        ("exit 3", 2, 2),
        ("fail out of memory: it is full", 2, 2),
        ("fail nan loss: at step 3", 2, 1),
        ("fail exception: ValueError: x", 2, 1),
        ("fail metric: none", 2, 1),
    ],
)
def test_only_what_may_go_better_is_tried_again(
    sweep: Sweep, act: str, retries: int, attempts: int
) -> None:
    (trial,) = sweep(study_of(act), n_trials=1, retries=retries).trials
    assert trial.state.name == "FAIL"
    assert trial.user_attrs["attempts"] == attempts
    assert len(trial.user_attrs.get("lost_attempts", [])) == attempts - 1


def test_other_trials_go_on_while_one_is_tried_again(sweep: Sweep) -> None:
    spec = study_of(lambda number: "die SIGKILL" if number == 1 else "train")
    trials = sweep(spec, n_trials=5, n_jobs=2).trials
    assert [trial.state.name for trial in trials] == [
        "COMPLETE",
        "FAIL",
        "COMPLETE",
        "COMPLETE",
        "COMPLETE",
    ]


def test_the_trials_of_a_killed_sweep_go_on_from_their_checkpoints(
    program: Start, results: Path
) -> None:
    killed = program(3, "wait")
    killed.read_until("evaluated 0 10", "evaluated 1 10")
    killed.send(signal.SIGKILL)
    assert killed.has_ended_whole()
    assert [trial.state.name for trial in load(results).trials] == ["RUNNING", "RUNNING"]

    code, output, _ = program(3, "train").end()
    assert code == 0
    for number in (0, 1):
        assert (
            f"notice Trial {number} was left running by a sweep that died. It continues from its "
            "last checkpoint." in output.splitlines()
        )
    trials = load(results).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3
    assert [trial.user_attrs["attempts"] for trial in trials] == [2, 2, 1]
    assert "attempt 2 trains from step 10" in (results / "study/trial-0001/log.txt").read_text()


def test_what_had_ended_before_the_sweep_was_killed_is_told_and_not_trained_again(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=1)
    result = json.loads((results / "study/trial-0000/result.json").read_text())
    _leave_running(study, results, result, attempt=1)

    heard: list[events.Event] = []
    told = sweep(n_trials=2, listener=heard.append).trials[1]
    assert told.state.name == "COMPLETE"
    assert told.value == result["metrics"]["score"]
    assert told.user_attrs["attempts"] == 1
    assert not [event for event in heard if isinstance(event, events.TrialStarted)]


def test_the_result_of_an_earlier_attempt_is_not_taken_for_that_of_the_last(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=1)
    result = json.loads((results / "study/trial-0000/result.json").read_text())
    _leave_running(study, results, result, attempt=2)
    again = sweep(n_trials=2).trials[1]
    assert again.state.name == "COMPLETE"
    assert again.user_attrs["attempts"] == 3


def test_a_trial_that_the_database_lost_while_it_was_asked_for_is_taken_up_and_no_other(
    sweep: Sweep, results: Path
) -> None:
    class Unlucky(optuna.samplers.RandomSampler):
        n_failures = 0

        def before_trial(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
            if trial.number == 1 and self.n_failures == 0:
                self.n_failures += 1
                raise StorageInternalError("database is locked")

    def end_the_first(event: events.Event) -> None:
        if isinstance(event, events.TrialEnded) and event.trial.number == 1:
            (results / "study/trial-0000/stop").touch()

    spec = study_of(lambda number: "train" if number else "wait")
    trials = sweep(spec, n_trials=2, n_jobs=2, sampler=Unlucky(), listener=end_the_first).trials
    assert [trial.state.name for trial in trials] == ["PRUNED", "COMPLETE"]
    assert [trial.user_attrs["attempts"] for trial in trials] == [1, 1]


def test_a_study_is_swept_by_one_process_at_a_time(program: Start, results: Path) -> None:
    first = program(2, "wait")
    first.read_until("evaluated 0 10")
    second = program(2, "train")
    code, output, errors = second.end()
    assert code == 3
    assert errors.startswith(f"Study 'study' is being swept by process {first.pid} on ")
    assert output == ""


@pytest.mark.slow
def test_a_dead_process_holds_no_study(program: Start, results: Path) -> None:
    first = program(2, "wait")
    first.read_until("evaluated 0 10")
    first.send(signal.SIGKILL)
    assert first.has_ended_whole()
    assert program(2, "train").end()[0] == 0


def test_two_studies_of_one_database_may_be_swept_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/studies.db"
    with (
        sole_sweep(url, "a"),
        sole_sweep(url, "b"),
        pytest.raises(BusyError),
        sole_sweep(url, "a"),
    ):
        raise AssertionError("held twice")


def test_retry_runs_failed_trials_again_with_the_same_params(sweep: Sweep) -> None:
    acts = ["fail nan loss: a", "train", "fail exception: OSError: b"]
    begun = sweep(study_of(lambda number: acts[number]), n_trials=3).trials
    again = sweep(retry="").trials
    assert [trial.state.name for trial in again] == ["FAIL", "COMPLETE", "FAIL", *["COMPLETE"] * 2]
    assert [trial.params for trial in again[3:]] == [begun[0].params, begun[2].params]
    assert [trial.user_attrs["retry_of"] for trial in again[3:]] == [0, 2]


def test_retry_takes_only_the_reason_that_is_named_and_nothing_twice(sweep: Sweep) -> None:
    acts = ["fail nan loss: a", "train", "fail exception: OSError: b"]
    sweep(study_of(lambda number: acts[number]), n_trials=3)
    assert [t.user_attrs["retry_of"] for t in sweep(retry="exception").trials[3:]] == [2]
    with pytest.raises(UsageError) as raised:
        sweep(retry="exception")
    assert str(raised.value) == (
        "Study 'study' has no trial that failed because of 'exception' and was not retried."
    )


def _leave_running(
    study: AskedStudy, results: Path, result: dict[str, Any], *, attempt: int
) -> None:
    """A second trial as a killed sweep leaves it: RUNNING, its first attempt's result written."""
    trial = study.ask()
    standin.search_space(trial)
    trial.set_user_attr("attempts", attempt)
    folder = results / "study" / f"trial-{trial.number:04d}"
    (folder / "model").mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps({**result, "attempt": 1}))


def test_what_failed_is_run_again_however_much_a_dead_sweep_has_left_untold(
    sweep: Sweep, results: Path
) -> None:
    spec = study_of(lambda number: "fail exception: x" if number == 0 else "train")
    sweep(spec, n_trials=3)
    with sqlite3.connect(results / "studies.db") as database:
        database.execute("UPDATE trials SET state='RUNNING', datetime_complete=NULL WHERE number>0")
        database.execute("DELETE FROM trial_values")
    study = sweep(spec, retry="")
    assert [trial.state.name for trial in study.trials] == ["FAIL"] + ["COMPLETE"] * 3
    assert study.trials[3].user_attrs["retry_of"] == 0
