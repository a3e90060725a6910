"""A node that does not have the folders that the others share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from tests.engine.ray.clusters import ClusterSweep, TestCluster, states

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]
Start = Callable[..., ClusterSweep]
STUDY = """
import neighbour
from tests.standin import study_of
STUDY = study_of(neighbour.ACT)
"""


def most_at_a_time(output: str) -> int:
    """How many trials ran at a time at most, of what a sweep has printed."""
    words = [line.split()[0] for line in output.splitlines() if line]
    changes = ({"started": 1, "ended": -1}.get(word, 0) for word in words)
    return max(accumulate(changes))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, cluster: TestCluster) -> Iterator[Path]:
    """A folder by whose path one node of three finds another."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted for one process here")
    folder = tmp_path_factory.mktemp("elsewhere")
    cluster.add_node_apart(folder)
    yield folder
    cluster.remove_node_apart()


def test_the_study_and_its_modules_travel_to_a_node_that_has_them_not(
    sweep_on: Start, elsewhere: Path, results: Path
) -> None:
    (elsewhere / "neighbour.py").write_text("ACT = 'pause'\n")
    code, output, errors = sweep_on(20, in_folder=elsewhere, file=STUDY).end()
    assert code == 0, errors
    assert most_at_a_time(output) == 3
    assert states(results) == ["COMPLETE"] * 20


def test_a_node_with_another_results_folder_is_refused_and_the_others_go_on(
    sweep_on: Start, elsewhere: Path
) -> None:
    results = elsewhere / "results"
    code, output, errors = sweep_on(20, "pause", into=results).end()
    assert code == 0, errors
    refusal = f"runs no trials: {results} is not the same folder there as where the sweep runs"
    assert sum(refusal in line for line in output.splitlines()) == 1
    assert most_at_a_time(output) == 2
    assert states(results) == ["COMPLETE"] * 20
    assert not list(results.glob(".token-*"))
