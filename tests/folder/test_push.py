"""What is uploaded of a trial's folder, and in which order."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sweep.folder.fetch import fetch_all, fetch_log, fetch_model
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.folder.mirror import Mirror, make_mirror
from sweep.folder.push import Push, named_checkpoints

NAME = "study/trial-0000"
FILES = ("data-00000-of-00001", "index")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return make_mirror(f"file://{tmp_path}/store", tmp_path / "mirror")


@pytest.fixture
def other(tmp_path: Path) -> Mirror:
    return make_mirror(f"file://{tmp_path}/store", tmp_path / "other")


def trial_in(mirror: Mirror) -> TrialFolder:
    return StudyFolder(mirror.folder, "study").trial(0)


def written(mirror: Mirror, *steps: int, attempt: int = 1) -> TrialFolder:
    """A trial with these checkpoints."""
    trial = trial_in(mirror)
    trial.model_dir.mkdir(parents=True, exist_ok=True)
    trial.params.write_text(f'{{"attempt": {attempt}, "mirror": "{mirror.id}"}}')
    for step in steps:
        save(trial.model_dir, step)
    name_checkpoints(trial.model_dir, steps)
    return trial


def save(model_dir: Path, step: int) -> None:
    for ending in FILES:
        (model_dir / f"model.ckpt-{step}.{ending}").write_text(f"{ending} of {step}")


def name_checkpoints(model_dir: Path, steps: tuple[int, ...]) -> None:
    newest = f'model_checkpoint_path: "{model_dir}/model.ckpt-{steps[-1]}"\n'
    lines = [f'all_model_checkpoint_paths: "{model_dir}/model.ckpt-{s}"\n' for s in steps]
    (model_dir / "checkpoint.tmp").write_text(newest + "".join(lines))
    (model_dir / "checkpoint.tmp").replace(model_dir / "checkpoint")


def there(mirror: Mirror) -> list[str]:
    return sorted(mirror.remote.sizes(NAME))


def test_a_reader_never_finds_a_checkpoint_that_lacks_a_file(mirror: Mirror) -> None:
    trial = written(mirror, 0)
    push = Push(mirror, trial)
    is_over = threading.Event()
    missing: list[str] = []

    def read() -> None:
        while not is_over.is_set():
            state = mirror.remote.read(f"{NAME}/model/checkpoint")
            files = {f"{name}.{end}" for name in named_checkpoints(state) for end in FILES}
            found = set(mirror.remote.sizes(f"{NAME}/model"))
            if state == mirror.remote.read(f"{NAME}/model/checkpoint"):
                missing.extend(files - found)

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(1, 60):
        save(trial.model_dir, step)
        name_checkpoints(trial.model_dir, (step - 1, step))
        for ending in FILES:
            (trial.model_dir / f"model.ckpt-{step - 2}.{ending}").unlink(missing_ok=True)
        push.push(has_ended=False)
    is_over.set()
    reader.join()
    assert missing == []


def test_the_result_goes_up_when_the_trial_has_ended_and_what_is_unfinished_never(
    mirror: Mirror,
) -> None:
    trial = written(mirror, 5)
    trial.result.write_text("{}")
    (trial.model_dir / "model.ckpt-9.index").write_text("no file names it")
    (trial.model_dir / "export" / "temp-1").mkdir(parents=True)
    (trial.model_dir / "export" / "temp-1" / "saved_model.pb").write_text("")
    (trial.model_dir / "export" / "1").mkdir()
    (trial.model_dir / "export" / "1" / "saved_model.pb").write_text("")
    push = Push(mirror, trial)
    push.push(has_ended=False)
    files = [
        "model/checkpoint",
        "model/export/1/saved_model.pb",
        "model/model.ckpt-5.data-00000-of-00001",
        "model/model.ckpt-5.index",
        "params.json",
    ]
    assert there(mirror) == files
    push.push(has_ended=True)
    assert there(mirror) == [*files, "result.json"]


def test_what_an_earlier_attempt_has_left_there_and_is_gone_here_goes_there(
    mirror: Mirror,
) -> None:
    trial = written(mirror, 1, 2)
    trial.result.write_text("{}")
    Push(mirror, trial).push(has_ended=True)
    trial.result.unlink()
    for ending in FILES:
        (trial.model_dir / f"model.ckpt-2.{ending}").unlink()
    name_checkpoints(trial.model_dir, (1,))
    Push(mirror, trial).push(has_ended=False)
    assert "result.json" not in there(mirror)
    assert "model/model.ckpt-2.index" not in there(mirror)


def test_another_machine_finds_the_checkpoints_in_its_own_folder(
    mirror: Mirror, other: Mirror
) -> None:
    Push(mirror, written(mirror, 1, 2)).push(has_ended=True)
    fetch_all(trial_in(other))
    state = (trial_in(other).model_dir / "checkpoint").read_bytes()
    assert named_checkpoints(state) == ["model.ckpt-2", "model.ckpt-1"]
    assert str(mirror.folder).encode() not in state


def test_a_model_is_fetched_with_its_newest_checkpoint_alone(mirror: Mirror, other: Mirror) -> None:
    trial = written(mirror, 1, 2)
    (trial.model_dir / "events.out.tfevents.1.host").write_text("")
    Push(mirror, trial).push(has_ended=True)
    fetch_model(trial_in(other))
    names = sorted(file.name for file in trial_in(other).model_dir.iterdir())
    assert names == ["checkpoint", *(f"model.ckpt-2.{ending}" for ending in FILES)]


def test_what_was_written_here_is_never_replaced_by_what_is_there(
    mirror: Mirror, other: Mirror
) -> None:
    Push(mirror, written(mirror, 1)).push(has_ended=True)
    fetch_all(trial_in(other))
    trial = written(other, 1, 2, attempt=2)
    trial.log.write_text("as it trains")
    fetch_all(trial)
    fetch_log(trial)
    assert trial.log.read_text() == "as it trains"
    assert (trial.model_dir / "model.ckpt-2.index").exists()


def test_an_attempt_elsewhere_takes_the_place_of_an_older_one_here(
    mirror: Mirror, other: Mirror
) -> None:
    Push(mirror, written(mirror, 1)).push(has_ended=True)
    Push(other, written(other, 1, 2, attempt=2)).push(has_ended=True)
    fetch_all(trial_in(mirror))
    assert (trial_in(mirror).model_dir / "model.ckpt-2.index").exists()
    assert (trial_in(mirror).read_params() or {})["attempt"] == 2
