"""What a sweep has come to, as JSON on the standard input of a command of one's own."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import click

from sweep import attrs
from sweep.cli.screen.score import Score


def tell_end(command: str, score: Score, exit_code: int) -> None:
    """Runs the command by the shell; what it prints goes to the screen, and it is waited for.

    Args:
        command: the command.
        score: how the sweep stands as of its last event.
        exit_code: the sweep's own.
    """
    said = json.dumps(outcome_of(score, exit_code))
    ended = subprocess.run(command, shell=True, input=said, text=True, check=False)
    if ended.returncode:
        click.echo(f"--on-end: {command!r} has ended with {ended.returncode}.", err=True)


def outcome_of(score: Score, exit_code: int) -> dict[str, Any]:
    """What a sweep has come to, in values that JSON has."""
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
