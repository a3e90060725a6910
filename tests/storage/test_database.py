"""Opening databases: real SQLite files, whole and broken."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy

from sweep.errors import StorageError
from sweep.storage.database import open_for_reading, open_for_sweep
from sweep.storage.reading import read_trials, summarize_studies
from sweep.storage.url import storage_url

BOTH = [(open_for_sweep, "opened"), (open_for_reading, "read")]
OUT_OF_REACH = "postgresql+psycopg://user:se!cret@127.0.0.1:1/name"


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a sweep leaves it, with one study of twenty trials."""
    file = tmp_path_factory.mktemp("swept") / "studies.db"
    storage = open_for_sweep(url_of(file))
    study = optuna.create_study(storage=storage, study_name="study")
    for value in range(20):
        study.tell(study.ask({"x": optuna.distributions.FloatDistribution(0, 1)}), value)
    storage.engine.dispose()
    assert [path.name for path in file.parent.iterdir()] == ["studies.db"]
    return file


@pytest.fixture
def database(tmp_path: Path, swept: Path) -> Path:
    """A copy of `swept` to do with as one likes."""
    return Path(shutil.copy(swept, tmp_path))


# For a sweep.


def test_a_sweeps_database_has_a_write_ahead_log_and_syncs_no_more_than_it_must(
    tmp_path: Path,
) -> None:
    storage = open_for_sweep(url_of(tmp_path / "studies.db"))
    with storage.engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    normal = 1
    assert (journal, synchronous, patience) == ("wal", normal, 2000)


def test_a_sweep_makes_its_database_and_the_folders_above(tmp_path: Path) -> None:
    file = tmp_path / "some/results/studies.db"
    open_for_sweep(url_of(file))
    assert file.is_file()


def test_a_reader_does_not_hinder_the_sweep(database: Path) -> None:
    study = optuna.load_study(study_name="study", storage=open_for_sweep(url_of(database)))
    with open_for_reading(url_of(database)).connect() as connection:
        connection.exec_driver_sql("BEGIN")
        assert connection.exec_driver_sql("SELECT count(*) FROM trials").scalar() == 20
        study.tell(study.ask(), 1.0)
        assert connection.exec_driver_sql("SELECT count(*) FROM trials").scalar() == 20
    assert len(read_trials(open_for_reading(url_of(database)), "study").trials) == 21


def test_a_connection_that_the_server_has_dropped_is_made_anew(postgres_url: str) -> None:
    study = optuna.create_study(storage=open_for_sweep(postgres_url), study_name="study")
    assert study.ask().number == 0
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with sqlalchemy.create_engine(postgres_url).connect() as connection:
        connection.execute(sqlalchemy.text(f"SELECT pg_terminate_backend(pid) {others}"))
    assert study.ask().number == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as raised:
        open_for_sweep(url_of(tmp_path / "file/results/studies.db"))
    assert (
        str(raised.value)
        == f"The folder {tmp_path}/file/results cannot be created: Not a directory."
    )


def test_a_folder_in_the_databases_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        open_for_sweep(url_of(tmp_path))
    assert str(raised.value) == f"{tmp_path} cannot be opened: unable to open database file."


def test_a_database_of_another_schema_is_refused_and_left_alone(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v2.6.0.a'")
        connection.execute("UPDATE version_info SET library_version = '2.6.0'")
    connection.execute("PRAGMA journal_mode=DELETE")  # as Optuna alone leaves it
    connection.close()
    before = digest(database)
    with pytest.raises(StorageError) as raised:
        open_for_sweep(url_of(database))
    assert str(raised.value) == (
        f"{database} cannot be opened: The runtime optuna version {optuna.__version__} is no "
        "longer compatible with the table schema (set up by optuna 2.6.0). Please execute `$ "
        "optuna storage upgrade --storage $STORAGE_URL` for upgrading the storage."
    )
    assert digest(database) == before


# To read.


def test_a_read_changes_no_byte(database: Path) -> None:
    before = digest(database)
    assert [summary.name for summary in summarize_studies(open_for_reading(url_of(database)))] == [
        "study"
    ]
    assert digest(database) == before


def test_a_read_leaves_nothing_beside_the_database(database: Path) -> None:
    engine = open_for_reading(url_of(database))
    summarize_studies(engine)
    engine.dispose()
    assert [path.name for path in database.parent.iterdir()] == ["studies.db"]


def test_what_is_opened_to_read_cannot_be_written(database: Path) -> None:
    with (
        open_for_reading(url_of(database)).connect() as connection,
        pytest.raises(Exception, match="attempt to write a readonly database"),
    ):
        connection.exec_driver_sql("DELETE FROM trials")


def test_a_missing_database_is_one_sentence_and_stays_missing(tmp_path: Path) -> None:
    file = tmp_path / "nowhere/studies.db"
    with pytest.raises(StorageError) as raised:
        open_for_reading(url_of(file))
    assert str(raised.value) == (
        f"There is no database {file}. `sweep run` creates it; use --results or --storage "
        "if it is elsewhere."
    )
    assert not file.parent.exists()


@pytest.mark.parametrize("make", [lambda file: file.touch(), lambda file: make_tables(file)])
def test_a_database_without_studies_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    file = tmp_path / "other.db"
    make(file)
    before = digest(file)
    with pytest.raises(StorageError) as raised:
        open_for_reading(url_of(file))
    assert str(raised.value) == f"{file} is a database, but has no Optuna studies."
    assert digest(file) == before


def make_tables(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE guests (name TEXT)")
    connection.close()


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "50%",
        "été",
        "100%41",
        "a#b",
        "what?",
    ],
)
def test_a_results_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    url = storage_url(tmp_path / name)
    optuna.create_study(storage=open_for_sweep(url), study_name="study")
    assert (tmp_path / name / "studies.db").is_file()
    (summary,) = summarize_studies(open_for_reading(url))
    assert summary.name == "study"


# Both.


@pytest.mark.parametrize(("opener", "done"), BOTH)
def test_a_file_that_is_no_database_is_one_sentence_and_left_alone(
    tmp_path: Path, opener: Callable[[str], Any], done: str
) -> None:
    file = tmp_path / "studies.db"
    file.write_text("These are my notes on the studies.\n" * 100)
    before = digest(file)
    with pytest.raises(StorageError) as raised:
        opener(url_of(file))
    assert str(raised.value) == f"{file} cannot be {done}: file is not a database."
    assert digest(file) == before
    assert [path.name for path in tmp_path.iterdir()] == ["studies.db"]


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("opener", "done"), BOTH)
def test_a_database_cut_off_is_one_sentence_and_left_alone(
    database: Path, opener: Callable[[str], Any], done: str, part: float
) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[: int(len(whole) * part)])
    before = digest(database)
    with pytest.raises(StorageError) as raised:
        opener(url_of(database))
    assert str(raised.value) == f"{database} cannot be {done}: database disk image is malformed."
    assert digest(database) == before


def test_a_database_damaged_within_is_one_sentence(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'trials'"
        ((page,),) = connection.execute(query)
        ((size,),) = connection.execute("PRAGMA page_size")
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(StorageError) as raised:
        summarize_studies(open_for_reading(url_of(database)))
    assert str(raised.value) == f"{database} cannot be read: database disk image is malformed."


@pytest.mark.parametrize(("opener", "done"), BOTH)
def test_a_database_that_cannot_be_reached_is_a_sentence_without_its_password(
    opener: Callable[[str], Any], done: str
) -> None:
    with pytest.raises(StorageError) as raised:
        opener(OUT_OF_REACH)
    message = str(raised.value)
    assert message.startswith(f"{OUT_OF_REACH.replace('se!cret', '***')} cannot be {done}: ")
    assert message.endswith(".")
    assert "se!cret" not in message
    assert len(message.splitlines()) == 1


def test_a_missing_driver_is_said() -> None:
    with pytest.raises(StorageError) as raised:
        open_for_sweep("postgresql+oak://user:se!cret@host/name")
    assert str(raised.value) == (
        "postgresql+oak://user:***@host/name cannot be opened: Can't load plugin: "
        "sqlalchemy.dialects:postgresql.oak."
    )
