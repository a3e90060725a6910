"""`sweep dashboard` and `sweep tensorboard`, looked at in a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from sweep.folder.layout import StudyFolder, TrialFolder
from tests.browser import Browser, needs_browser
from tests.processes import wait_until
from tests.running import ROOT, SWEEP, run_sweep
from tests.standin import study_of

Sweep = Callable[..., Any]


class Page:
    """A page that is being served by a process of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [*SWEEP, *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.process.stdout.readline()  # how to end it
        self.address = self.said.rpartition(" ")[2].strip()

    def port(self) -> int:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.address)
        assert found, self.said
        return int(found[1])

    def interrupt(self) -> tuple[int, str, str]:
        """Ends it by Ctrl-C; its exit code and the rest of what it printed."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, errors


@pytest.fixture
def serve() -> Iterator[Callable[..., Page]]:
    """Serves a page until the test ends."""
    pages: list[Page] = []

    def start(*arguments: str | Path) -> Page:
        pages.append(Page(*arguments))
        return pages[-1]

    yield start
    for page in pages:
        page.process.kill()
        page.process.communicate()


@needs_browser
def test_the_dashboard_shows_the_best_value(
    serve: Callable[..., Page], sweep: Sweep, results: Path, browser: Browser
) -> None:
    study = sweep(n_trials=3)
    page = serve("dashboard", "study", "--port", "0", "--results", results)
    best = [f"Best Trial (number={study.best_trial.number})", str(study.best_value)]
    shown = browser.text_with(page.address, *best)
    assert all(part in shown for part in best)
    assert page.interrupt() == (0, "", "")


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
    assert runs_of(page) == ["trial-0000", "trial-0001", "trial-0002"]
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


def test_a_dashboard_finds_a_free_port_where_the_usual_one_is_taken(
    serve: Callable[..., Page], sweep: Sweep, results: Path
) -> None:
    sweep(n_trials=1)
    pages = [serve("dashboard", "--results", results) for _ in range(2)]
    assert pages[0].port() != pages[1].port()
    for page in pages:
        with urlopen(page.address) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("command", ["dashboard", "tensorboard"])
def test_a_port_that_is_asked_for_and_taken_is_one_line(
    sweep: Sweep, results: Path, command: str
) -> None:
    sweep(n_trials=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_sweep(command, "study", "--port", port, "--results", results)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"sweep: 127.0.0.1:{port} cannot be listened on: ")
    assert line.endswith(". Choose another --host or --port.")


@pytest.mark.parametrize("command", ["dashboard", "tensorboard"])
def test_a_missing_database_is_one_line_and_stays_missing(results: Path, command: str) -> None:
    ended = run_sweep(command, "study", "--results", results)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"sweep: There is no database {results}/studies.db.")
    assert not results.exists()


@pytest.mark.parametrize("command", ["dashboard", "tensorboard"])
def test_another_host_than_this_machine_is_warned_of(
    serve: Callable[..., Page], sweep: Sweep, results: Path, command: str
) -> None:
    sweep(n_trials=1)
    page = serve(command, "study", "--host", "0.0.0.0", "--port", "0", "--results", results)
    code, _, errors = page.interrupt()
    assert code == 0
    assert errors.startswith("Whoever reaches 0.0.0.0 can ")
    assert len(errors.splitlines()) == 1


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


def test_neither_page_imports_tensorflow(sweep: Sweep, results: Path) -> None:
    sweep(study_of("fail nan loss"), n_trials=1)
    code = (
        "import sys; from sweep.viewers.hparams import write_hparams; import optuna_dashboard; "
        "from tensorboard import program; program.TensorBoard(); "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([*SWEEP[:1], "-c", code], cwd=ROOT, check=True, timeout=60)


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
