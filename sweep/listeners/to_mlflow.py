"""An MLflow run for each trial."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from optuna.trial import TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.listeners.run_per_trial import Ending, RunPerTrial, name_of

_STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAIL: "FAILED",
    TrialState.WAITING: "SCHEDULED",
}
_MOST_SIGNS = 5000
"""The most characters of a tag or a param."""


class MLflowListener(RunPerTrial):
    """Logs a sweep to MLflow: a run for each trial, in an experiment for the study.

    A run has the trial's params, a curve for each metric, and the final metrics. Tags called
    `sweep.…` hold its study, state, seed, attempts, failure and everything else that the study
    records about it. The run of a pruned trial has MLflow's status KILLED. MLflow's own tags name
    the user and the program that sweeps.

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
        self._last: dict[str, dict[str, tuple[int, float]]] = {}
        """The last step and value of each metric, by the run's id."""
        """The tags behind the columns User and Source of MLflow's table of runs."""

    def _open(self, study: events.SweepStarted) -> None:
        from mlflow.tracking import MlflowClient
        from mlflow.tracking.context.git_context import GitRunContext
        from mlflow.tracking.context.registry import resolve_tags

        # Its messages about making a database would be written over the live view.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        self._client = MlflowClient(self._uri)
        # The commit would be that of the program `sweep`, not of the study.
        self._context = resolve_tags(ignore=[GitRunContext])
        name = self._experiment or study.study_name
        known = self._client.get_experiment_by_name(name)
        self._id = self._client.create_experiment(name) if known is None else known.experiment_id

    def _start(self, study: events.SweepStarted, trial: events.TrialStarted) -> str:
        from mlflow.entities import Param

        tags = {"sweep.study": study.study_name, "sweep.trial": str(trial.number)}
        if trial.continues is not None:
            tags["sweep.continues"] = str(trial.continues)
        run = self._waiting(tags) or self._client.create_run(
            self._id,
            start_time=self._milliseconds,
            tags=self._context | tags,
            run_name=name_of(trial.number),
        )
        run_id: str = run.info.run_id
        self._client.update_run(run_id, status="RUNNING")
        params = [Param(_key(name), _text(value)) for name, value in trial.params.items()]
        self._client.log_batch(run_id, params=params)
        return run_id

    def _waiting(self, tags: Mapping[str, str]) -> Any:
        """The run of a trial that an earlier sweep put back."""
        wanted = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
        found = self._client.search_runs(
            [self._id], " and ".join([*wanted, "attributes.status = 'SCHEDULED'"]), max_results=1
        )
        return found[0] if found else None

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

        step, last = int(ending.metrics.get("global_step", 0)), self._last.pop(run, {})
        new = {name: v for name, v in ending.metrics.items() if last.get(name) != (step, v)}
        self._log(run, step, new)
        tags = [RunTag(f"sweep.{_key(name)}", _text(value)) for name, value in ending.tags.items()]
        self._client.log_batch(run, tags=tags)
        if ending.state.is_finished():
            self._client.set_terminated(run, _STATUS[ending.state], self._milliseconds)
        else:
            self._client.update_run(run, status=_STATUS[ending.state])


def _key(name: str) -> str:
    """A name that MLflow accepts."""
    return re.sub(r"[^\w\-./ ]", "_", name)


def _text(value: Any) -> str:
    return str(value)[:_MOST_SIGNS]
