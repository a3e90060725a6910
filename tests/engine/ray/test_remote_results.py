"""Sweeps on a cluster whose nodes share no folder: the results are on remote storage."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.folder.remote import Remote
from sweep.storage.copies import anchored_results
from tests.engine.ray.clusters import ClusterSweep, TestCluster, holds, states
from tests.running import run_sweep
from tests.stores import Store, new_store, reach

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]


@pytest.fixture(params=["file", "s3"])
def store(
    request: pytest.FixtureRequest,
    s3: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    store = new_store(request.param, s3, tmp_path / "store")
    reach(store, tmp_path / "scratch", monkeypatch)
    return store


def test_trials_that_are_clusters_train_on_nodes_and_leave_their_results_there(
    cluster: TestCluster, store: Store
) -> None:
    study = "tests/trial/cluster/linear.py"
    tasks = ["--cluster", "chief=1,worker=1,ps=1,evaluator=1"]
    on_ray = ["--engine", "ray", "--address", cluster.address, "--results", store.url]
    ended = run_sweep("run", study, "--trials", "2", *tasks, *on_ray)
    assert ended.returncode == 0, ended.stderr
    assert "The study has 2 trials: 2 complete." in ended.stdout
    for number in (0, 1):
        there = Remote(store.url).sizes(f"linear/trial-{number:04d}")
        assert {"log.txt", "model/checkpoint", "params.json", "result.json"} <= there.keys()
    assert holds(lambda: not cluster.processes())


@pytest.fixture
def sweep(cluster: TestCluster, store: Store, tmp_path: Path) -> Iterator[ClusterSweep]:
    study = tmp_path / "study.py"
    study.write_text(
        "from sweep import Rungs\nfrom tests.standin import study_of\n"
        "STUDY = study_of('pause', scheduler=Rungs(2, 3))\n"
    )
    sweep = ClusterSweep(study, store.url, cluster.address, 6)
    yield sweep
    sweep.close()


def test_the_legs_of_a_training_go_on_where_others_have_trained_and_agents_were_killed(
    cluster: TestCluster, sweep: ClusterSweep, store: Store
) -> None:
    sweep.read_until("evaluated 0 10", "evaluated 1 10")
    os.kill(cluster.agents()[0], signal.SIGKILL)
    code, output, errors = sweep.end()
    assert code == 0, errors
    results = anchored_results(store.url)
    found = states(results)
    assert found.count("PRUNED") == 6
    assert found.count("COMPLETE") == len(found) - 6 >= 2
    assert "lost " in output
    assert not list(results.glob("study/trial-*/log.txt"))
    for number in range(len(found)):
        content = Remote(store.url).read(f"study/trial-{number:04d}/result.json")
        assert content is not None
    assert holds(lambda: not cluster.processes())
