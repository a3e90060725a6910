"""One cluster for all tests of this folder, which run in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.ray.clusters import ClusterSweep, TestCluster


@pytest.fixture(scope="session")
def cluster(s3: dict[str, str]) -> Iterator[TestCluster]:
    pytest.importorskip("ray")
    cluster = TestCluster(**s3)
    yield cluster
    cluster.close()


@pytest.fixture
def sweep_on(
    cluster: TestCluster, results: Path, tmp_path: Path
) -> Iterator[Callable[..., ClusterSweep]]:
    """Starts a sweep of the stand-in on the cluster, whose trials do `act`, or of another file.

    The study file lies in a folder of its own, and so do the results, unless others are given.
    """
    started: list[ClusterSweep] = []

    def start(
        n_trials: int,
        act: str = "",
        file: str = "",
        in_folder: Path = tmp_path,
        into: Path = results,
        **env: str,
    ) -> ClusterSweep:
        study = in_folder / "study.py"
        of_the_act = f"from tests.standin import study_of\nSTUDY = study_of({act!r})\n"
        study.write_text(file or of_the_act)
        started.append(ClusterSweep(study, into, cluster.address, n_trials, **env))
        return started[-1]

    yield start
    for sweep in started:
        sweep.close()
