"""Runs in MLflow, read back by MLflow from a SQLite database."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import pytest
from optuna.trial import TrialState

from sweep.listeners.to_mlflow import MLflowListener
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
            assert run.data.metrics["score"] == pytest.approx(trial.value)
    statuses = [runs[name].info.status for name in sorted(runs)]
    assert statuses == ["FINISHED", "FAILED", "FINISHED"]
    assert runs["trial-0001"].data.tags["sweep.failure"] == "nan loss: at 3"
