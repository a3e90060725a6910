"""Trials that sleep for a second: python one_second.py FOLDER N_TRIALS N_JOBS ENGINE SAMPLER

This measures the sweep itself. For the engine `ray`, RAY_ADDRESS is the address of the cluster.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import optuna

from sweep import StudySpec, TrialSpec
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import TrialFolder
from sweep.study.loader import load_study_file
from sweep.trial.channel import Channel
from sweep.trial.messages import Order
from sweep.trial.outcome import AttemptState, Outcome


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {"x": trial.suggest_float("x", 0, 1)}


def build(params: dict[str, Any], config: Any) -> TrialSpec:
    raise AssertionError("a trial that sleeps builds no Estimator")


def sleep(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Replaces `sweep.trial.execution.run_order`."""
    if order.check_only:
        return Outcome(AttemptState.COMPLETE)
    time.sleep(1.0)
    return Outcome(AttemptState.COMPLETE, {"score": order.params["x"], "global_step": 1})


STUDY = StudySpec(search_space=search_space, build=build, metric="score", direction="maximize")


def main(folder: str, n_trials: str, n_jobs: str, engine: str, sampler: str) -> None:
    from one_second import sleep  # by a name that other processes can import

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    options = Options(
        engine=engine,
        n_trials=int(n_trials),
        n_jobs=int(n_jobs),
        results=folder,
        sampler=sampler,
    )
    study = sweep_study(
        load_study_file(Path(__file__)), options.anchored(), lambda event: None, sleep
    )
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    assert len(complete) == int(n_trials)


if __name__ == "__main__":
    main(*sys.argv[1:])
