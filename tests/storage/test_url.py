"""URLs of databases: unusable ones are refused before anything is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from sweep.errors import StorageError
from sweep.storage.database import open_existing, open_for_reading, open_for_sweep
from sweep.storage.lock import find_holder, sole_sweep
from sweep.storage.url import parse, show
from tests.running import run_sweep

NO_URL = (
    "The storage must be a database URL such as sqlite:///results/studies.db or "
    "postgresql+psycopg://user@host/name."
)
IN_MEMORY = (
    "A sweep's database must outlast it, but this one would be in memory: name a file, as in "
    "sqlite:///results/studies.db."
)
OTHER_BACKEND = (
    "The storage must be SQLite or PostgreSQL, but got mysql+pymysql://me:***@host/db: write its "
    "URL as in sqlite:///results/studies.db or postgresql+psycopg://user@host/name."
)
USERS = [
    open_for_sweep,
    open_for_reading,
    open_existing,
    lambda url: find_holder(url, "study"),
    lambda url: sole_sweep(url, "study").__enter__(),
]


def refusal(url: str, user: Callable[[str], Any] = parse) -> str:
    with pytest.raises(StorageError) as raised:
        user(url)
    assert raised.value.exit_code == 2
    return str(raised.value)


@pytest.mark.parametrize("user", USERS)
def test_whoever_takes_a_url_refuses_what_no_sweep_can_use(user: Callable[[str], Any]) -> None:
    assert refusal("studies.db", user) == NO_URL
    assert refusal("sqlite://", user) == IN_MEMORY
    assert refusal("mysql+pymysql://me:se!cret@host/db", user) == OTHER_BACKEND


@pytest.mark.parametrize("url", ["", "/tmp/studies.db", "postgresql://user@host:port/name"])
def test_what_is_no_url_is_refused(url: str) -> None:
    assert refusal(url) == NO_URL


def test_a_password_that_makes_a_port_of_no_number_is_not_shown() -> None:
    assert refusal("postgresql://user:pass@word:word@host:5432/name") == NO_URL


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    assert refusal(url) == IN_MEMORY


@pytest.mark.parametrize(
    "backend", ["mysql", "mysql+pymysql", "mariadb+mysqldb", "oracle", "postgres", "oak"]
)
def test_a_database_other_than_sqlite_and_postgresql_is_refused(backend: str) -> None:
    shown = f"{backend}://me:***@host/db"
    expected = OTHER_BACKEND.replace("mysql+pymysql://me:***@host/db", shown)
    assert refusal(f"{backend}://me:se!cret@host/db") == expected


@pytest.mark.parametrize("command", ["list", "run"])
def test_the_commands_refuse_it_in_one_sentence(command: str, tmp_path: Path) -> None:
    ended = run_sweep(command, "--storage", "mysql+pymysql://me@host/db", "--results", tmp_path)
    assert (ended.returncode, ended.stderr) == (
        2,
        f"sweep: {OTHER_BACKEND.replace('me:***', 'me')}\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_password_after_the_question_mark_is_refused() -> None:
    assert refusal("postgresql+psycopg://host/db?user=me&password=se!cret") == (
        "The storage's URL has its password after the question mark, where it would be shown: "
        "write it as in postgresql+psycopg://user:password@host/name."
    )


def test_a_database_is_shown_without_its_password() -> None:
    assert show(make_url("sqlite:///results/studies.db")) == "results/studies.db"
    assert show(make_url("postgresql://me:se!cret@host/db")) == "postgresql://me:***@host/db"


def test_the_url_costs_no_import_of_sqlalchemy(fresh_python: Callable[..., str]) -> None:
    code = "import sys, sweep.storage.url; print('sqlalchemy' in sys.modules)"
    assert fresh_python(code) == "False\n"
