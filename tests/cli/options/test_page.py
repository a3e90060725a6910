"""The options of both pages, and what the commands print about them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.pages import Page
from tests.running import run_sweep

Sweep = Callable[..., Any]


PAGES = pytest.mark.parametrize(
    "command", ["dashboard", pytest.param("tensorboard", marks=pytest.mark.slow)]
)


@PAGES
def test_a_port_that_is_asked_for_and_taken_is_one_line(
    sweep: Sweep, results: Path, command: str
) -> None:
    sweep(n_trials=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_sweep(command, "study", "--port", port, "--results", results)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"sweep: Cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith(". Choose another --host or --port.")


@PAGES
def test_a_missing_database_is_one_line_and_stays_missing(results: Path, command: str) -> None:
    ended = run_sweep(command, "study", "--results", results)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"sweep: There is no database {results}/studies.db.")
    assert not results.exists()


@PAGES
@pytest.mark.slow
def test_another_host_than_this_machine_is_warned_of(
    serve: Callable[..., Page], sweep: Sweep, results: Path, command: str
) -> None:
    sweep(n_trials=1)
    page = serve(command, "study", "--host", "0.0.0.0", "--port", "0", "--results", results)
    code, _, errors = page.interrupt()
    assert code == 0
    assert errors.startswith("The page has no password: everyone who reaches 0.0.0.0 can ")
    assert len(errors.splitlines()) == 1
