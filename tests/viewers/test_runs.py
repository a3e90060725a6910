"""The layout in which TensorBoard finds the event files of a study."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.folder.layout import StudyFolder
from sweep.viewers.runs import link_runs

HPARAMS = ["events.out.tfevents.hparams", "events.out.tfevents.hparams.study"]


@pytest.fixture
def paths(tmp_path: Path) -> StudyFolder:
    """A study with a trial that has ended and one that has begun to train."""
    paths = StudyFolder(tmp_path / "results", "study")
    write(paths.hparams, paths.trial(0).hparams, paths.trial(0).final_metrics)
    for name in ("events.out.tfevents.1.host", "eval/events.out.tfevents.2.host", "graph.pbtxt"):
        write(paths.trial(0).model_dir / name)
    write(paths.trial(1).model_dir / "events.out.tfevents.3.host")
    return paths


def write(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name)


def runs(view: Path) -> dict[str, list[str]]:
    """The names of the event files in each run, as read through the links."""
    found: dict[str, list[str]] = {}
    for link in sorted(view.rglob("*.tfevents.*")):
        assert link.read_text() == link.name.removesuffix(".study")
        found.setdefault(str(link.parent.relative_to(view)), []).append(link.name)
    return found


def test_a_trial_is_one_run_and_its_evaluations_another(paths: StudyFolder, tmp_path: Path) -> None:
    link_runs(paths, tmp_path / "view")
    assert runs(tmp_path / "view") == {
        "trial-0000": ["events.out.tfevents.1.host", *HPARAMS],
        "trial-0000/eval": ["events.out.tfevents.2.host", "events.out.tfevents.metrics"],
        "trial-0001": ["events.out.tfevents.3.host"],
    }


def test_later_files_are_added_and_those_that_are_gone_dropped(
    paths: StudyFolder, tmp_path: Path
) -> None:
    view = tmp_path / "view"
    link_runs(paths, view)
    link = view / "trial-0000/eval/events.out.tfevents.2.host"
    before = link.lstat()
    (paths.trial(0).model_dir / "events.out.tfevents.1.host").unlink()
    write(paths.trial(1).hparams, paths.trial(1).model_dir / "eval_test/events.out.tfevents.4.host")
    link_runs(paths, view)
    assert runs(view) == {
        "trial-0000": HPARAMS,
        "trial-0000/eval": ["events.out.tfevents.2.host", "events.out.tfevents.metrics"],
        "trial-0001": ["events.out.tfevents.3.host", "events.out.tfevents.hparams"],
        "trial-0001/eval_test": ["events.out.tfevents.4.host"],
    }
    assert link.lstat() == before
