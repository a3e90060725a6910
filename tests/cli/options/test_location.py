"""Where studies are: a database's URL, whose password is never shown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from sweep.cli import main
from tests.cli.commands import printed
from tests.processes import Program
from tests.running import ROOT, SWEEP, run_sweep

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

PASSWORD = "s3kret"
WITH_PASSWORD = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/db"


def test_the_storage_may_be_named_by_its_url(tmp_path: Path, digits: optuna.Study) -> None:
    url = f"sqlite:///{tmp_path}/studies.db"
    result = CliRunner().invoke(main, ["show", "--storage", url])
    assert printed(result).startswith("digits: maximize score; ")


def test_the_environment_names_the_storage_too(sweep: Callable[..., object], results: Path) -> None:
    sweep(n_trials=1)
    environment = {**os.environ, "SWEEP_STORAGE": f"sqlite:///{results}/studies.db"}
    ended = subprocess.run(
        [*SWEEP, "list"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "maximize score" in ended.stdout


@pytest.mark.parametrize("command", ["list", "run", "export digits_mlp model", "dashboard"])
@pytest.mark.parametrize("option", ["--storage {}", "--storage={}"])
@pytest.mark.parametrize(
    "url",
    [
        WITH_PASSWORD,
        f"mysql+pymysql://host/db?user=me&password={PASSWORD}",
        f"mysql+pymysql://host/db?user=me&passwd={PASSWORD}",
    ],
)
def test_a_password_on_the_command_line_is_refused(command: str, option: str, url: str) -> None:
    ended = CliRunner().invoke(main, [*command.split(), *option.format(url).split()])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "sweep: --storage has a password, which every user of this machine can read on the command "
        "line: put the whole URL into the environment variable SWEEP_STORAGE instead, as in "
        "postgresql+psycopg://user:password@host/name.\n"
    )


def test_a_url_without_a_password_is_not_refused() -> None:
    ended = run_sweep("list", "--storage", "postgresql+psycopg://me:@127.0.0.1:1/db")
    assert ended.returncode == 2
    assert "@127.0.0.1:1/db cannot be read" in ended.stderr


def test_an_error_does_not_show_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEP_STORAGE", WITH_PASSWORD)
    ended = run_sweep("list")
    assert ended.returncode == 2
    assert "postgresql+psycopg://me:***@127.0.0.1:1/db cannot be read" in ended.stderr
    assert PASSWORD not in ended.stderr + ended.stdout


@pytest.mark.parametrize("option", ["password", "passwd"])
def test_a_password_in_the_environment_is_refused_where_it_would_be_shown(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setenv("SWEEP_STORAGE", f"mysql+pymysql://host/db?user=me&{option}={PASSWORD}")
    ended = run_sweep("list")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "sweep: The storage's URL has its password after the question mark, where it would be "
        "shown: write it as in postgresql+psycopg://user:password@host/name.\n"
    )


def test_what_a_sweep_leaves_on_the_disk_holds_no_password(
    program: Callable[..., Program], postgres_url: str, results: Path
) -> None:
    url = make_url(postgres_url).set(password=PASSWORD).render_as_string(hide_password=False)
    code, output, errors = program(2, "train", url).end()
    assert code == 0
    assert PASSWORD not in output + errors
    files = [file for file in results.rglob("*") if file.is_file()]
    assert len(files) > 4
    assert not [file for file in files if PASSWORD.encode() in file.read_bytes()]
