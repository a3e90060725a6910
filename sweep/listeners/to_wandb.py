"""A Weights & Biases run for each trial."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from optuna.trial import TrialState

from sweep import events
from sweep.errors import UsageError
from sweep.listeners.run_per_trial import Ending, RunPerTrial, name_of


class WandbListener(RunPerTrial):
    """Logs a sweep to Weights & Biases: a run for each trial, in a group for the study.

    A run's config has the trial's params. Its history has a curve for each metric over the step.
    Its summary has the final metrics, its state and everything else that the study records about
    it (`sweep/seed`, `sweep/failure`, …). Its tags are the study and, if the trial is not complete,
    its state. The run of a FAIL trial is a failed run.

    A trial that an earlier sweep put back gets another run when it continues.

    Args:
        project: the project; None uses W&B's settings (WANDB_PROJECT), or the study's name.
        entity: the user or team; None uses W&B's settings.
        mode: online, offline or disabled; None uses W&B's settings (WANDB_MODE), or online.

    Raises:
        UsageError: W&B is not installed, or nobody is logged in to it.
    """

    def __init__(
        self, project: str | None = None, entity: str | None = None, mode: str | None = None
    ) -> None:
        super().__init__()
        if find_spec("wandb") is None:
            raise UsageError(
                "The listener wandb needs the package wandb, which is not installed: run `pip "
                "install 'wandb>=0.31,<1'`."
            )
        if (mode or os.environ.get("WANDB_MODE", "online")) not in ("offline", "disabled"):
            _require_login()
        self._project = project
        self._where: dict[str, Any] = {"entity": entity, "mode": mode}

    def _open(self, study: events.SweepStarted) -> None:
        self._where["project"] = (
            self._project or os.environ.get("WANDB_PROJECT") or study.study_name
        )

    def _start(self, study: events.SweepStarted, trial: events.TrialStarted) -> Any:
        import wandb

        config = {**trial.params, "sweep/trial": trial.number}
        if trial.continues is not None:
            config["sweep/continues"] = trial.continues
        return wandb.init(
            **self._where,
            name=name_of(trial.number),
            group=study.study_name,
            job_type="trial",
            tags=[study.study_name],
            config=config,
            reinit="create_new",  # several trials run at a time
            settings=wandb.Settings(silent=True, console="off", x_disable_stats=True),
        )

    def _log(self, run: Any, step: int, metrics: Mapping[str, float]) -> None:
        # W&B would take the time at which it hears of it, and a run takes seconds to start.
        run.log({**metrics, "_timestamp": self.moment}, step=step)

    def _end(self, run: Any, ending: Ending) -> None:
        run.summary.update(dict(ending.metrics))
        run.summary.update({f"sweep/{name}": value for name, value in ending.tags.items()})
        is_complete = ending.state is TrialState.COMPLETE
        run.tags = (run.group, *([] if is_complete else [ending.tags["state"]]))
        if ending.state.is_finished():
            run.finish(exit_code=int(ending.state is TrialState.FAIL))

    def _leave(self, run: Any) -> None:
        run.finish(exit_code=1)


def _require_login() -> None:
    """Checks the login before the sweep starts; W&B would ask on the screen in the middle of it."""
    import wandb

    if not wandb.login(prompt=False, verify=False):
        raise UsageError(
            "Nobody is logged in to W&B: run `wandb login`, or keep the runs on this machine with "
            "the mode offline (--listener wandb:mode=offline) and upload them with `wandb sync`."
        )
