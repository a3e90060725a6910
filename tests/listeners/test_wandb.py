"""Runs in Weights & Biases, read back from what it keeps offline."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest

from sweep import events
from sweep.errors import UsageError
from sweep.listeners.to_wandb import WandbListener
from tests.listeners.conftest import Listened

wandb = pytest.importorskip("wandb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """W&B's folder, which it asks for once in a process."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("wandb")
        patch.setenv("WANDB_DIR", str(folder))
        yield folder


def test_wandb_has_a_run_for_each_trial(listened: Listened, folder: Path) -> None:
    study = listened(WandbListener(mode="offline"))
    runs = {run["name"]: run for run in runs_in(folder, "study")}
    assert sorted(runs) == ["trial-0000", "trial-0001", "trial-0002"]
    for trial in study.trials:
        run = runs[f"trial-{trial.number:04d}"]
        assert run["project"] == run["group"] == "study"
        assert run["config"]["rate"] == trial.params["rate"]
        assert run["curve"] == pytest.approx(trial.intermediate_values)
        assert trial.datetime_start is not None
        assert trial.datetime_complete is not None
        first, last = trial.datetime_start.timestamp(), trial.datetime_complete.timestamp()
        assert all(first <= moment <= last for moment in run["moments"])
        assert run["summary"]["sweep/state"] == trial.state.name
    assert runs["trial-0002"]["summary"]["score"] == pytest.approx(study.trials[2].value)
    assert runs["trial-0001"]["summary"]["sweep/failure"] == "nan loss: at 3"
    assert runs["trial-0001"]["tags"] == ["study", "FAIL"]
    assert [runs[name]["exit_code"] for name in sorted(runs)] == [0, 1, 0]


def test_the_run_of_a_trial_that_has_not_ended_ends_with_the_sweep(folder: Path) -> None:
    listener = WandbListener(mode="offline")
    trial = optuna.trial.create_trial(state=optuna.trial.TrialState.WAITING)
    trial.number = 0
    listener(events.SweepStarted("left", ("score",), ("maximize",), folder, 1, True, (), 1))
    listener(events.TrialStarted(0, 1, {}))
    listener(events.TrialEnded(trial))
    listener.close()
    (run,) = runs_in(folder, "left")
    assert (run["tags"], run["exit_code"]) == (["left", "WAITING"], 1)


def test_without_a_login_it_is_said_before_the_sweep_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(UsageError) as raised:
        WandbListener()
    assert str(raised.value) == (
        "Nobody is logged in to W&B: run `wandb login`, or keep the runs on this machine with the "
        "mode offline (--listener wandb:mode=offline) and upload them with `wandb sync`."
    )


def runs_in(folder: Path, project: str) -> list[dict[str, Any]]:
    found = map(read, folder.glob("wandb/offline-run-*/*.wandb"))
    return [run for run in found if run["project"] == project]


def read(file: Path) -> dict[str, Any]:
    """What a file of W&B holds of a run."""
    from wandb.proto.wandb_internal_pb2 import Record

    found: dict[str, Any] = {"config": {}, "curve": {}, "moments": [], "summary": {}}
    for data in records(file.read_bytes()):
        record = Record()
        record.ParseFromString(data)
        match record.WhichOneof("record_type"):
            case "run":
                run = record.run
                found |= {"name": run.display_name, "group": run.run_group}
                found |= {"project": run.project, "tags": list(run.tags)}
                found["config"] |= items(run.config.update)
            case "history":
                row = items(record.history.item)
                assert "global_step" not in row
                if "score" in row:
                    found["curve"][row["_step"]] = row["score"]
                    found["moments"].append(row["_timestamp"])
            case "summary":
                found["summary"] |= items(record.summary.update)
            case "exit":
                found["exit_code"] = record.exit.exit_code
    return found


def records(content: bytes) -> Iterator[bytes]:
    """The records of a log of LevelDB: blocks of 32 KiB, behind a header of 7 bytes."""
    place, whole = 7, b""
    while place + 7 <= len(content):
        if 0 < (left := -place % 32768) < 7:
            place += left
            continue
        length, kind = struct.unpack("<HB", content[place + 4 : place + 7])
        whole += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # a whole record, or the last part of one
            yield whole
            whole = b""


def items(pairs: Any) -> dict[str, Any]:
    return {pair.key or "/".join(pair.nested_key): json.loads(pair.value_json) for pair in pairs}
