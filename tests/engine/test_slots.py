"""The machine divided into slots."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.engine.slots import Machine, divide
from sweep.errors import UsageError
from sweep.trial.messages import Resources


def test_slots_share_the_cores_equally() -> None:
    assert divide(Machine(cores=8), 3) == [Resources(threads=2)] * 3


def test_every_slot_has_at_least_one_thread() -> None:
    assert divide(Machine(cores=2), 4) == [Resources(threads=1)] * 4


def test_without_a_gpu_there_is_a_slot_for_each_core() -> None:
    assert divide(Machine(cores=3), None) == [Resources(threads=1)] * 3


def test_with_gpus_there_is_a_slot_for_each() -> None:
    machine = Machine(cores=8, gpus=("0", "1"))
    assert divide(machine, None) == [Resources(4, "0"), Resources(4, "1")]


def test_more_jobs_than_gpus_take_them_in_turn() -> None:
    slots = divide(Machine(cores=8, gpus=("2", "5")), 3)
    assert [slot.gpu for slot in slots] == ["2", "5", "2"]


@pytest.mark.parametrize("n_jobs", [0, -1])
def test_less_than_one_job_is_refused(n_jobs: int) -> None:
    with pytest.raises(UsageError) as raised:
        divide(Machine(cores=1), n_jobs)
    assert str(raised.value) == f"At least one trial must run at a time, but got n_jobs={n_jobs}."


@pytest.mark.parametrize(
    ("visible", "gpus"),
    [("", ()), ("-1", ()), ("3", ("3",)), ("1,0", ("1", "0")), ("GPU-8a3f,MIG-77", None)],
)
def test_only_the_gpus_that_cuda_may_see_are_used(
    monkeypatch: pytest.MonkeyPatch, visible: str, gpus: tuple[str, ...] | None
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert Machine.here().gpus == (tuple(visible.split(",")) if gpus is None else gpus)


@pytest.mark.parametrize(("body", "gpus"), [("echo 0; echo 1", ("0", "1")), ("exit 9", ())])
def test_the_driver_says_which_gpus_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, gpus: tuple[str, ...]
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\n{body}\n")
    driver.chmod(0o755)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Machine.here().gpus == gpus


def test_the_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert Machine.here().cores == 1
