"""Runs in MLflow, read back by MLflow from a SQLite database."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from sweep.listeners.audience import Audience
from sweep.listeners.run_per_trial import Ending
from sweep.listeners.to_mlflow import MLflowListener
from sweep.schedule.rungs import Rungs
from tests import standin
from tests.listeners.conftest import Listened

pytest.importorskip("mlflow")


def test_mlflow_has_a_run_for_each_trial(listened: Listened, tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    study = listened(MLflowListener(uri=uri))
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("study")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert sorted(runs) == ["trial-0000", "trial-0001", "trial-0002"]
    for trial in study.trials:
        run = runs[f"trial-{trial.number:04d}"]
        assert run.data.params["rate"] == str(trial.params["rate"])
        assert run.data.tags["sweep.study"] == "study"
        assert run.data.tags["sweep.state"] == trial.state.name
        assert run.data.tags["mlflow.user"] == run.info.user_id == getpass.getuser()
        assert run.data.tags["mlflow.source.name"] == sys.argv[0]
        assert "mlflow.source.git.commit" not in run.data.tags
        assert run.info.end_time >= run.info.start_time
        if trial.state is TrialState.COMPLETE:
            curve = client.get_metric_history(run.info.run_id, "score")
            points = [(each.step, each.value) for each in curve]
            assert points == list(trial.intermediate_values.items())
            reached = client.get_metric_history(run.info.run_id, "global_step")
            assert [each.value for each in reached] == [standin.MAX_STEPS]
            assert run.data.metrics["score"] == pytest.approx(trial.value)
    statuses = [runs[name].info.status for name in sorted(runs)]
    assert statuses == ["FINISHED", "FAILED", "FINISHED"]
    assert runs["trial-0001"].data.tags["sweep.failure"] == "nan loss: at 3"


def test_the_next_sweep_of_the_same_study_ends_the_runs_of_one_whose_server_was_lost(
    tmp_path: Path,
) -> None:
    from mlflow.tracking import MlflowClient

    class Lost(MLflowListener):
        def _end(self, run: str, ending: Ending) -> None:
            raise ConnectionError("no route to host")

    def sweep(listener: MLflowListener, folder: str, n_trials: int) -> optuna.Study:
        with Audience(lambda event: None, listener) as audience:
            return standin.sweep(
                standin.study_of(),
                tmp_path / folder,
                audience,
                n_trials=n_trials,
                n_jobs=1,
                scheduler=Rungs(2, 2),
            )

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = MlflowClient(uri)
    sweep(Lost(uri=uri), "results", 1)
    sweep(MLflowListener(uri=uri), "another study of this name", 1)
    experiment = client.get_experiment_by_name("study").experiment_id
    found = client.search_runs([experiment], order_by=["attributes.start_time"])
    assert [run.info.status for run in found] == ["RUNNING", "FINISHED"]
    study = sweep(MLflowListener(uri=uri), "results", 2)
    lost = client.get_run(found[0].info.run_id)
    assert lost.info.status == "FINISHED"
    assert lost.data.tags["sweep.state"] == "PAUSED"
    ended = study.trials[0].datetime_complete
    assert ended is not None
    assert lost.info.end_time == int(1000 * ended.timestamp())
