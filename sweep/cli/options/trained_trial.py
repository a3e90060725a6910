"""The options that lead to a trial whose model is taken up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.location import results_option, storage_option

if TYPE_CHECKING:
    from sweep.model.trained import TrainedTrial

_OPTIONS = (
    click.option("--trial", type=click.IntRange(min=0), help="The trial. [default: the best]"),
    click.option("--name", help="The study's name. [default: the file's]"),
    results_option,
    storage_option,
)


def trained_trial_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that lead to a finished trial."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def find_trial(study: str, trial: int | None, **location: Any) -> TrainedTrial:
    """The trial that these options and a study file name."""
    import optuna

    from sweep.model.finding import find_trained
    from sweep.model.trained import StudyLocation
    from sweep.storage.known_program import find_known
    from sweep.study.loader import take_study

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    place = StudyLocation(**location).anchored()  # before the study can change the directory
    known = find_known(study, place.name, place.url)
    return find_trained(take_study(known.study), trial, replace(place, name=known.name))
