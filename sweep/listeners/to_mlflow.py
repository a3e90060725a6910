"""An MLflow run for each trial."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from optuna.trial import TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.listeners.run_per_trial import Ending, RunPerTrial, ending_of, name_of

_STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAIL: "FAILED",
}
_UNENDED = [f"attributes.status != '{status}'" for status in _STATUS.values()]
_MOST_SIGNS = 5000
"""The most characters of a tag or a param."""


class MLflowListener(RunPerTrial):
    """Logs a sweep to MLflow: a run for each trial, in an experiment for the study.

    A run has the trial's params, a curve for each metric, and the final metrics. Tags called
    `sweep.…` hold its study, state, seed, attempts, failure and everything else that the study
    records about it. The run of a pruned trial has MLflow's status KILLED. MLflow's own tags name
    the user and the program that sweeps.

    The run of a trial that has not ended, because the sweep was interrupted or killed, continues
    when the trial does. If the trial has ended without it, the next sweep ends it too.

    Args:
        experiment: the name of the experiment; None is the study's name.
        uri: the tracking server or database; None uses MLflow's settings (MLFLOW_TRACKING_URI), or
            MLflow's own default, mlflow.db in the working directory.

    Raises:
        UsageError: MLflow is not installed.
    """

    def __init__(self, experiment: str | None = None, uri: str | None = None) -> None:
        super().__init__()
        if find_spec("mlflow") is None:
            raise UsageError(
                "The listener mlflow needs the package mlflow-skinny, which is not installed: run "
                "`pip install 'mlflow-skinny>=3.7,<4'`."
            )
        self._experiment = experiment
        self._uri = uri
        self._client: Any = None
        self._id = ""
        self._context: dict[str, str] = {}
        """The tags behind the columns User and Source of MLflow's table of runs."""
        self._last: dict[str, dict[str, tuple[int, float]]] = {}
        """The last step and value of each metric, by the run's id."""

    def _open(self, study: events.SweepStarted) -> None:
        from mlflow.tracking import MlflowClient
        from mlflow.tracking.context.git_context import GitRunContext
        from mlflow.tracking.context.registry import resolve_tags

        # Its messages about making a database, and the addresses of runs that have ended, would be
        # written over the live view.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        self._client = MlflowClient(self._uri)
        # The commit would be that of the program `sweep`, not of the study.
        self._context = resolve_tags(ignore=[GitRunContext])
        name = self._experiment or study.study_name
        known = self._client.get_experiment_by_name(name)
        if known is None:
            self._id = self._client.create_experiment(name)
        else:
            self._id = known.experiment_id
            self._end_missed(study)

    def _end_missed(self, study: events.SweepStarted) -> None:
        """Ends the runs of trials whose end an earlier sweep did not report."""
        finished = {str(trial.number): trial for trial in study.finished}
        for run in self._unended({"sweep.identity": study.identity}):
            trial = finished.get(run.data.tags["sweep.trial"])
            if trial is not None and trial.datetime_complete is not None:
                self.moment = trial.datetime_complete.timestamp()
                missing = {n: v for n, v in trial.params.items() if _key(n) not in run.data.params}
                self._log_params(run.info.run_id, missing)
                self._end(run.info.run_id, ending_of(trial))

    def _start(self, study: events.SweepStarted, trial: events.TrialStarted) -> str:
        identity = {"sweep.identity": study.identity, "sweep.trial": str(trial.number)}
        tags = self._context | {"sweep.study": study.study_name} | identity
        if trial.continues is not None:
            tags["sweep.continues"] = str(trial.continues)
        run = next(iter(self._unended(identity)), None) or self._client.create_run(
            self._id,
            start_time=self._milliseconds,
            tags=tags,
            run_name=name_of(trial.number),
        )
        run_id: str = run.info.run_id
        self._client.update_run(run_id, status="RUNNING")
        self._log_params(run_id, trial.params)
        return run_id

    def _log_params(self, run: str, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        logged = [Param(_key(name), _text(value)) for name, value in params.items()]
        self._client.log_batch(run, params=logged)

    def _unended(self, tags: Mapping[str, str]) -> Sequence[Any]:
        """The runs with these tags that an earlier sweep has not ended."""
        wanted = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
        found: Sequence[Any] = self._client.search_runs(
            [self._id], " and ".join([*wanted, *_UNENDED])
        )
        return found

    @property
    def _milliseconds(self) -> int:
        return int(1000 * self.moment)

    def _log(self, run: str, step: int, metrics: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = self._milliseconds
        self._last.setdefault(run, {}).update({name: (step, metrics[name]) for name in metrics})
        logged = [Metric(_key(name), value, now, step) for name, value in metrics.items()]
        self._client.log_batch(run, metrics=logged)

    def _end(self, run: str, ending: Ending) -> None:
        from mlflow.entities import RunTag

        final = dict(ending.metrics)
        reached = final.pop("global_step", 0)
        step, last = int(reached), self._last.get(run, {})
        if new := {name: value for name, value in final.items() if last.get(name) != (step, value)}:
            self._log(run, step, new)
        if reached:
            # MLflow's page compares a metric by bars, and not over the step, if it is at step 0.
            self._log(run, 0, {"global_step": reached})
        self._last.pop(run, None)
        tags = [RunTag(f"sweep.{_key(name)}", _text(value)) for name, value in ending.tags.items()]
        self._client.log_batch(run, tags=tags)
        if ending.state.is_finished():
            status = "FINISHED" if ending.is_paused else _STATUS[ending.state]
            self._client.set_terminated(run, status, self._milliseconds)
        else:
            self._leave(run)

    def _leave(self, run: str) -> None:
        self._client.update_run(run, status="SCHEDULED")


def _key(name: str) -> str:
    """A name that MLflow accepts."""
    return re.sub(r"[^\w\-./ ]", "_", name)


def _text(value: Any) -> str:
    return str(value)[:_MOST_SIGNS]
