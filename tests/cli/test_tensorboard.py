"""`sweep tensorboard`, looked at in a real browser."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from sweep.folder.layout import StudyFolder, TrialFolder
from tests.browser import Browser, needs_browser
from tests.cli.pages import Page
from tests.processes import wait_until

Sweep = Callable[..., Any]


@pytest.mark.slow
@needs_browser
def test_tensorboard_shows_every_trial_with_its_params_and_final_metrics(
    serve: Callable[..., Page], sweep: Sweep, results: Path, browser: Browser
) -> None:
    trials = sweep(n_trials=3).trials
    page = serve("tensorboard", "study", "--port", "0", "--results", results)
    rows = [
        f"trial-{trial.number:04d} {trial.params['kind']} {trial.params['layers']}.0000 "
        for trial in trials
    ]
    values = [_five_digits(trial.value) for trial in trials]
    shown = browser.text_with(f"{page.address}#hparams", *rows, *values)
    assert all(part in shown for part in [*rows, *values])
    names = [f"trial-{trial.number:04d}" for trial in trials]
    assert runs_of(page) == sorted(names + [f"{name}/eval" for name in names])
    assert page.interrupt() == (0, "", "")


@pytest.mark.slow
@needs_browser
def test_tensorboard_shows_a_trials_training_and_evaluations_also_of_trials_that_come_later(
    serve: Callable[..., Page], sweep: Sweep, results: Path, browser: Browser
) -> None:
    sweep(n_trials=1)
    write_loss(StudyFolder(results, "study").trial(0))
    page = serve("tensorboard", "study", "--port", "0", "--results", results)
    first = ["trial-0000 trial-0000/eval", "loss"]
    assert all(part in browser.text_with(f"{page.address}#timeseries", *first) for part in first)
    sweep(n_trials=2)
    write_loss(StudyFolder(results, "study").trial(1))
    assert wait_until(lambda: "trial-0001/eval" in runs_of(page))
    both = f"{first[0]} trial-0001 trial-0001/eval"
    assert both in browser.text_with(f"{page.address}#timeseries", both)


@pytest.mark.slow
def test_tensorboard_leaves_no_process_behind(
    serve: Callable[..., Page], sweep: Sweep, results: Path
) -> None:
    sweep(n_trials=1)
    page = serve("tensorboard", "study", "--port", "0", "--results", results)
    children = Path(f"/proc/{page.process.pid}/task/{page.process.pid}/children").read_text()
    page.interrupt()
    assert wait_until(lambda: not any(_runs(int(child)) for child in children.split()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_tensorboard_leaves_no_links_behind(
    serve: Callable[..., Page],
    sweep: Sweep,
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    sweep(n_trials=1)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    page = serve("tensorboard", "study", "--port", "0", "--results", results)
    assert list((tmp_path / "tmp").glob("sweep-*/study/trial-0000/*"))
    page.process.send_signal(number)
    assert page.process.wait(timeout=60) == (0 if number == signal.SIGINT else 143)
    assert not list((tmp_path / "tmp").glob("sweep-*"))


def write_loss(trial: TrialFolder) -> None:
    """Writes a loss of training and one of evaluation, where Estimator writes them."""
    for folder in (trial.model_dir, trial.model_dir / "eval"):
        folder.mkdir(exist_ok=True)
        loss = Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])
        with (folder / "events.out.tfevents.1.host").open("wb") as stream:
            writer = RecordWriter(stream)
            for content in ({"file_version": "brain.Event:2"}, {"step": 10, "summary": loss}):
                writer.write(Event(wall_time=1.0, **content).SerializeToString())


def runs_of(page: Page) -> list[str]:
    """The runs that TensorBoard knows of by now."""
    with urlopen(f"{page.address}data/runs") as answer:
        names: list[str] = json.load(answer)
        return names


def _five_digits(value: float) -> str:
    """A number from 0.1 to 1 as TensorBoard's table writes it."""
    assert 0.1 <= value < 1
    return f"{value:.5f}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
