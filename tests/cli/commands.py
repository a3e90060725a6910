"""Commands run in this process or on a terminal, and the studies that they run on."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import optuna
from click.testing import Result
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from tests.running import ROOT, SWEEP

NOON = datetime(2026, 3, 1, 12)
DISTRIBUTIONS = {
    "rate": FloatDistribution(1e-9, 1, log=True),
    "layers": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["relu", "tanh"]),
}

Command = Callable[..., Result]
Direction = Literal["maximize", "minimize"]


def printed(result: Result) -> str:
    """What a command printed that ended well."""
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def records(result: Result) -> list[dict[str, Any]]:
    """The JSON that a command printed."""
    decoded: list[dict[str, Any]] = json.loads(printed(result))
    return decoded


def create(
    folder: Path, name: str, metrics: Sequence[str] = ("score",), *directions: Direction
) -> optuna.Study:
    """A study without trials in the database of a results folder."""
    url = f"sqlite:///{folder}/studies.db"
    study = optuna.create_study(
        storage=url, study_name=name, directions=directions or ("maximize",)
    )
    study.set_metric_names(list(metrics))
    return study


def add(
    study: optuna.Study,
    values: Sequence[float] | None = None,
    params: tuple[float, int, str] = (0.01, 2, "relu"),
    state: TrialState = TrialState.COMPLETE,
    **user_attrs: Any,
) -> None:
    """Adds a trial that has taken as many seconds as the study has trials by then."""
    number = len(study.trials)
    trial = create_trial(
        values=values,
        state=state,
        params=dict(zip(DISTRIBUTIONS, params, strict=True)),
        distributions=DISTRIBUTIONS,
        user_attrs=user_attrs,
    )
    trial.datetime_start = NOON
    trial.datetime_complete = NOON + timedelta(seconds=number + 1)
    study.add_trial(trial)


def on_a_terminal(width: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal so many columns wide."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    subprocess.run([*SWEEP, *arguments], cwd=ROOT, stdout=child, env=environment)
    os.close(child)
    return os.read(parent, 65536).decode().splitlines()
