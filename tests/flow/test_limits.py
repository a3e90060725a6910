"""Attempts that exceed a limit are ended with all that they started, and so is a hopeless sweep."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sweep import events
from sweep.errors import FailingError
from sweep.storage.study import AskedStudy
from tests.processes import Program, is_alive, wait_until
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]


@pytest.fixture
def small_memory() -> Iterator[Path]:
    """A control group that may use 400 MiB, of the first or the second version."""
    group = Path("/sys/fs/cgroup/memory", f"sweep-{os.getpid()}")
    limit = group / "memory.limit_in_bytes"
    if not group.parent.is_dir():
        group = Path("/sys/fs/cgroup", f"sweep-{os.getpid()}")
        limit = group / "memory.max"
    try:
        group.mkdir()
        limit.write_text(str(400 * 2**20))
    except OSError:
        pytest.skip("no control group for memory can be made here")
    yield group
    wait_until(lambda: not (group / "cgroup.procs").read_text())
    group.rmdir()


def test_a_trial_that_runs_too_long_fails_and_is_not_tried_again(sweep: Sweep) -> None:
    (trial,) = sweep(study_of("ignore"), n_trials=1, trial_timeout=0.5).trials
    assert trial.state.name == "FAIL"
    assert trial.user_attrs["failure"] == "timeout: it ran for more than 0.5 s"
    assert trial.user_attrs["attempts"] == 1


def test_a_trial_that_stalls_goes_on_from_its_checkpoint(sweep: Sweep) -> None:
    (trial,) = sweep(study_of("ignore"), n_trials=1, stall_timeout=2).trials
    assert trial.state.name == "COMPLETE"
    assert trial.user_attrs["lost_attempts"] == ["stalled: no progress from global_step 10 for 2 s"]


def test_a_trial_that_says_the_same_step_again_stalls(sweep: Sweep) -> None:
    (trial,) = sweep(study_of("mark time"), n_trials=1, stall_timeout=2).trials
    assert trial.user_attrs["lost_attempts"] == ["stalled: no progress from global_step 10 for 2 s"]


def test_a_trial_that_makes_progress_does_not_stall(sweep: Sweep) -> None:
    (trial,) = sweep(n_trials=1, stall_timeout=5).trials
    assert trial.user_attrs["attempts"] == 1


@pytest.mark.parametrize("act", ["hoard 1000", "share 1000"])
def test_a_trial_that_uses_too_much_memory_is_tried_once_more(sweep: Sweep, act: str) -> None:
    (trial,) = sweep(study_of(act), n_trials=1, memory_limit=900 * 2**20).trials
    assert trial.state.name == "COMPLETE"
    (lost,) = trial.user_attrs["lost_attempts"]
    assert lost.startswith("out of memory: it used ")
    assert lost.endswith(" MiB, more than 900 MiB")


def test_a_trial_that_the_kernel_kills_for_want_of_memory_says_so(
    program: Callable[..., Program], small_memory: Path, results: Path
) -> None:
    running = program(1, "hoard 600")
    (small_memory / "cgroup.procs").write_text(str(running.pid))
    running.read_until("lost 0 out of memory: the kernel killed the process", "ended 0 COMPLETE")
    assert running.end()[0] == 0


@pytest.mark.slow
def test_a_trial_that_does_not_end_when_asked_is_killed(sweep: Sweep) -> None:
    (trial,) = sweep(study_of("stubborn"), n_trials=1, trial_timeout=0.5).trials
    assert trial.user_attrs["failure"] == "timeout: it ran for more than 0.5 s"


def test_what_a_trial_started_is_ended_with_it(sweep: Sweep, results: Path) -> None:
    sweep(study_of("grandchild ignore"), n_trials=1, trial_timeout=0.5)
    grandchild = int((results / "study/trial-0000/grandchild").read_text())
    assert not is_alive(grandchild)


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_jump_of_the_wall_clock_ends_nothing(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    wall_clock = time.time

    def set_clock(event: events.Event) -> None:
        if isinstance(event, events.TrialEvaluated):
            monkeypatch.setattr(time, "time", lambda: wall_clock() + jump)

    limits = {"timeout": 600, "trial_timeout": 600, "stall_timeout": 600}
    trials = sweep(n_trials=2, listener=set_clock, **limits).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "COMPLETE"]
    assert [trial.user_attrs["attempts"] for trial in trials] == [1, 1]


def test_after_the_time_of_a_sweep_no_trial_is_begun_and_those_that_run_may_end(
    sweep: Sweep,
) -> None:
    study = sweep(n_trials=1000, n_jobs=2, timeout=1.0)
    assert 0 < len(study.trials) < 1000
    assert {trial.state.name for trial in study.trials} == {"COMPLETE"}


def test_a_sweep_whose_first_trials_fail_alike_stops(sweep: Sweep) -> None:
    heard: list[events.Event] = []
    with pytest.raises(FailingError) as raised:
        sweep(study_of("fail exception: ValueError: x"), n_trials=50, listener=heard.append)
    assert str(raised.value) == (
        "The first 3 trials all failed in the same way, so no more were started. Fix the cause. "
        "Then the same command runs the missing trials, and `sweep retry` runs the failed ones "
        "again."
    )
    assert sum(isinstance(event, events.TrialEnded) for event in heard) == 3


@pytest.mark.parametrize(
    "acts",
    [
        ["train", "fail nan loss: a", "fail nan loss: a", "fail nan loss: a", "fail nan loss: a"],
        ["fail nan loss: a", "fail metric: b", "fail nan loss: a", "fail nan loss: a", "train"],
        ["fail exception: KeyError: a", "fail exception: OSError: a", *["train"] * 3],
        ["fail nan loss: a"] * 5,
    ],
)
def test_a_sweep_whose_trials_end_in_several_ways_goes_on(sweep: Sweep, acts: list[str]) -> None:
    study = sweep(study_of(lambda number: acts[number]), n_trials=len(acts))
    assert len(study.trials) == len(acts)
