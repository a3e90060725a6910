"""A database's password is seen by nobody: not in a process list, a message or a file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from sweep import events
from sweep.cli.screen.conclusion import conclude
from sweep.cli.screen.fault import faults_kept_in
from sweep.cli.screen.score import Score
from sweep.cli.secret import STORAGE, hide_password
from sweep.errors import FaultError
from sweep.flow.options import Options
from tests import standin
from tests.processes import Program
from tests.running import ROOT, SWEEP, run_sweep

PASSWORD = "s3kret"


@pytest.mark.parametrize("option", [["--storage", "{}"], ["--storage={}"]])
def test_the_process_list_does_not_show_it(option: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/db"
        command = [*SWEEP, "list", *(part.format(url) for part in option), "--json"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        try:
            connection, _ = silent.accept()
            shown = Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")
            connection.close()
        finally:
            process.kill()
            process.communicate()
    assert shown[-3:] == ["list", "--json", ""]
    assert not any(PASSWORD in argument for argument in shown)


def test_an_error_does_not_show_it() -> None:
    ended = run_sweep("list", "--storage", f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/db")
    assert ended.returncode == 2
    assert "postgresql+psycopg://me:***@127.0.0.1:1/db cannot be read" in ended.stderr
    assert PASSWORD not in ended.stderr + ended.stdout


@pytest.mark.parametrize("option", ["password", "passwd"])
def test_it_is_refused_where_it_would_be_shown(option: str) -> None:
    ended = run_sweep("list", "--storage", f"mysql+pymysql://host/db?user=me&{option}={PASSWORD}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "sweep: The storage's URL has its password after the question mark, where it would be "
        "shown: write it as in postgresql+psycopg://user:password@host/name.\n"
    )


def test_the_process_list_does_not_show_it_while_it_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["list", "--storage", f"postgresql://host/db?password={PASSWORD}", "--json"]
    started: list[str] = []
    monkeypatch.setattr(sys, "argv", ["sweep", *arguments])
    monkeypatch.setattr(sys, "orig_argv", [*SWEEP, *arguments])
    monkeypatch.setattr(os, "execv", lambda program, command: started.extend(command))
    monkeypatch.setenv(STORAGE, "")
    hide_password()
    assert started == [*SWEEP, "list", "--json"]
    assert os.environ[STORAGE] == arguments[2]


def test_the_traceback_of_a_fault_does_not_hold_it(tmp_path: Path) -> None:
    with pytest.raises(FaultError), faults_kept_in(tmp_path, PASSWORD):
        raise ValueError(f"postgresql://me:{PASSWORD}@host/db is odd")
    (file,) = tmp_path.iterdir()
    assert "ValueError: postgresql://me:***@host/db is odd" in file.read_text()


def test_the_next_steps_do_not_show_it(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[events.Event] = []
    standin.sweep(standin.study_of(), results, heard.append, n_trials=1, n_jobs=1)
    assert isinstance(heard[0], events.SweepStarted)
    score = Score(heard[0])
    for event in heard[1:]:
        score.update(event)
    conclude(score, Options(storage=f"postgresql+psycopg://me:{PASSWORD}@host/db"))
    said = capsys.readouterr().out
    assert "sweep show study --storage 'postgresql+psycopg://me:***@host/db'" in said
    assert PASSWORD not in said


def test_the_environment_names_the_storage_too(sweep: Callable[..., object], results: Path) -> None:
    sweep(n_trials=1)
    environment = {**os.environ, "SWEEP_STORAGE": f"sqlite:///{results}/studies.db"}
    ended = subprocess.run(
        [*SWEEP, "list"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "maximize score" in ended.stdout


def test_what_a_sweep_leaves_on_the_disk_does_not_hold_it(
    program: Callable[..., Program], postgres_url: str, results: Path
) -> None:
    url = make_url(postgres_url).set(password=PASSWORD).render_as_string(hide_password=False)
    code, output, errors = program(2, "train", url).end()
    assert code == 0
    assert PASSWORD not in output + errors
    files = [file for file in results.rglob("*") if file.is_file()]
    assert len(files) > 4
    assert not [file for file in files if PASSWORD.encode() in file.read_bytes()]
