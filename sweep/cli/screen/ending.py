"""The outcome of a sweep, as JSON on the standard input of the user's own command."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import click

from sweep import attrs
from sweep.results.score import Score


def tell_end(command: str, score: Score, exit_code: int) -> None:
    """Runs the shell command and waits for its end. What it prints goes to the screen.

    Args:
        command: the command.
        score: the state of the sweep after its last event.
        exit_code: the exit code of the sweep.
    """
    said = json.dumps(outcome_of(score, exit_code))
    ended = subprocess.run(command, shell=True, input=said, text=True, check=False)
    if ended.returncode:
        click.echo(f"--on-end: {command!r} ended with exit code {ended.returncode}.", err=True)


def outcome_of(score: Score, exit_code: int) -> dict[str, Any]:
    """The outcome of a sweep, in values that JSON can hold."""
    return {
        "study": score.study_name,
        "folder": str(score.folder),
        "exit_code": exit_code,
        "seconds": round(score.elapsed, 1),
        "trials": {**score.ends, "waiting": len(score.waiting)},
        "best": [
            {
                "trial": trial.number,
                "values": dict(zip(score.metrics, trial.values, strict=True)),
                "params": trial.params,
                "model_dir": trial.user_attrs.get(attrs.MODEL_DIR),
            }
            for trial in score.best
        ],
    }
