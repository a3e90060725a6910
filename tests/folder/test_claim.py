"""A trial's folder is its own: it never continues from another trial's checkpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep import events
from sweep.errors import StorageError
from sweep.storage.study import AskedStudy
from tests import standin
from tests.disk import SmallDisk
from tests.standin import study_of

Sweep = Callable[..., AskedStudy]


def lay_out(study: AskedStudy, results: Path, params: str | None) -> Path:
    """Has trial 1 wait to be asked for while its folder holds the files of another."""
    study.enqueue_trial({"x": 0.25})
    folder = results / "study/trial-0001"
    (folder / "model").mkdir(parents=True)
    (folder / "model/checkpoint").write_text("10")
    if params is not None:
        (folder / "params.json").write_text(params)
    return folder


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"number": 7}, "number 7, not 1"),
        ({"seed": 7}, "seed 7, not "),
        ({"suggested": {"x": 0.5}}, "suggested {'x': 0.5}, not {'x': 0.25"),
    ],
)
def test_a_folder_that_is_another_trials_is_refused_and_left_as_it_is(
    sweep: Sweep, results: Path, change: dict[str, object], difference: str
) -> None:
    own = json.loads(_params_of_trial_1(sweep))
    folder = lay_out(sweep(n_trials=1), results, json.dumps({**own, **change}))
    trial = sweep(n_trials=2).trials[1]
    assert trial.state.name == "FAIL"
    failure = trial.user_attrs["failure"]
    assert failure.startswith(f"mismatch: {folder} belongs to another trial: its params.json has ")
    assert difference in failure
    assert (folder / "model/checkpoint").read_text() == "10"
    assert json.loads((folder / "params.json").read_text()) == {**own, **change}


@pytest.mark.parametrize("params", ["", "\0" * 64, '{"number": 1, "se'])
def test_a_folder_whose_params_a_loss_of_power_has_cut_is_gone_on_with(
    sweep: Sweep, results: Path, params: str
) -> None:
    folder = lay_out(sweep(n_trials=1), results, params)
    trial = sweep(n_trials=2).trials[1]
    assert trial.state.name == "COMPLETE"
    assert list(trial.intermediate_values) == [20, 30], "the checkpoint stood at step 10"
    assert json.loads((folder / "params.json").read_text())["number"] == 1


def test_a_folder_of_unknown_origin_is_refused(sweep: Sweep, results: Path) -> None:
    folder = lay_out(sweep(n_trials=1), results, None)
    trial = sweep(n_trials=2).trials[1]
    assert (
        trial.user_attrs["failure"]
        == f"mismatch: {folder}/model has no params.json that says whose it is"
    )


def test_a_folder_that_is_the_trials_own_is_gone_on_with(sweep: Sweep, results: Path) -> None:
    lay_out(sweep(n_trials=1), results, _params_of_trial_1(sweep))
    trial = sweep(n_trials=2).trials[1]
    assert trial.state.name == "COMPLETE"
    assert list(trial.intermediate_values) == [20, 30], "the checkpoint stood at step 10"


def test_a_folder_that_cannot_be_written_to_ends_the_sweep_in_a_sentence(
    sweep: Sweep, results: Path
) -> None:
    sweep(n_trials=1).enqueue_trial({"x": 0.25})
    (results / "study/trial-0001").write_text("a file, where a folder should be")
    with pytest.raises(StorageError) as raised:
        sweep(n_trials=2)
    assert str(raised.value) == (f"{results}/study/trial-0001 cannot be written to: File exists.")


def test_a_log_that_cannot_be_written_ends_the_sweep_in_a_sentence(
    sweep: Sweep, results: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sweep(n_trials=1).enqueue_trial({"x": 0.25})
    (results / "study/trial-0001/log.txt").mkdir(parents=True)
    with pytest.raises(StorageError) as raised:
        sweep(n_trials=2)
    assert str(raised.value) == f"{results}/study/trial-0001 cannot be written to: Is a directory."
    assert "Traceback" not in capfd.readouterr().err


def test_a_trial_tried_again_on_a_full_disk_is_not_begun_before_there_is_room(
    results: Path, small_disk: SmallDisk, tmp_path: Path
) -> None:
    results.symlink_to(small_disk.folder)
    notices: list[str] = []

    def fill_for_a_while(event: events.Event) -> None:
        if isinstance(event, events.AttemptLost):
            small_disk.fill()
            threading.Timer(1.0, small_disk.free).start()
        if isinstance(event, events.Notice):
            notices.append(event.text)

    storage = f"sqlite:///{tmp_path}/studies.db"
    study = standin.sweep(
        study_of("die SIGKILL 1"), results, fill_for_a_while, n_trials=1, n_jobs=1, storage=storage
    )
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"]
    (notice,) = notices
    assert notice.startswith("Trial 0 found the disk full")


def test_a_stop_of_an_attempt_before_is_forgotten(sweep: Sweep, results: Path) -> None:
    folder = lay_out(sweep(n_trials=1), results, _params_of_trial_1(sweep))
    (folder / "stop").touch()
    assert sweep(n_trials=2).trials[1].state.name == "COMPLETE"


def test_the_result_of_an_attempt_before_is_gone_when_another_begins(
    sweep: Sweep, results: Path
) -> None:
    folder = lay_out(sweep(n_trials=1), results, _params_of_trial_1(sweep))
    (folder / "result.json").touch()
    there: list[bool] = []

    def look(event: events.Event) -> None:
        if isinstance(event, events.TrialProgressed) and event.step == 0:
            there.append((folder / "result.json").exists())

    sweep(n_trials=2, listener=look)
    assert there == [False]


def _params_of_trial_1(sweep: Sweep) -> str:
    """params.json as trial 1 of the same study has it, from a study beside it."""
    study = sweep(n_trials=1, name="beside")
    study.enqueue_trial({"x": 0.25})
    model_dir = sweep(n_trials=2, name="beside").trials[1].user_attrs["model_dir"]
    return Path(model_dir, "../params.json").resolve().read_text()
