"""A database's password is seen by nobody: not in a process list, a message or a file."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.processes import Program
from tests.running import ROOT, SWEEP, run_sweep

PASSWORD = "s3kret"


def test_the_process_list_does_not_show_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/db"
        command = [*SWEEP, "list", "--storage", url, "--json"]
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
