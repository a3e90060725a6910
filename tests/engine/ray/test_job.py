"""A sweep that runs as a job on the cluster that its trials run on."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.ray.clusters import SECONDS, TestCluster, holds
from tests.engine.ray.nodes import RAY
from tests.running import ROOT

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(600)]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def submit(port: int, folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Submits a job that brings a folder, as soon as jobs are taken, and follows it to its end."""
    address = f"http://127.0.0.1:{port}"
    ends: list[subprocess.CompletedProcess[str]] = []

    def is_taken() -> bool:
        ended = subprocess.run(
            [RAY, "job", "submit", "--address", address, "--working-dir", folder, "--", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        ends.append(ended)
        return "No available agent" not in ended.stdout

    assert holds(is_taken)
    return ends[-1]


def test_a_submitted_job_sweeps_the_study_that_it_has_brought(
    tmp_path: Path, results: Path
) -> None:
    pytest.importorskip("ray.dashboard.modules.job.cli")
    pytest.importorskip("aiohttp_cors", reason="jobs need ray[default]")
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(ROOT / "studies/digits_mlp.py", home / "neighbour.py")
    (home / "mine.py").write_text("from neighbour import STUDY\n")
    port = free_port()
    cluster = TestCluster(port, free_port())
    try:
        command = [sys.executable, "-m", "sweep", "run", "mine.py", "--engine", "ray"]
        job = submit(port, home, [*command, "--trials", "2", "--results", str(results)])
        assert job.returncode == 0, job.stdout
        assert "The study has 2 trials: 2 complete." in job.stdout
        assert holds(lambda: not cluster.processes())
    finally:
        cluster.close()
