"""The options that name the trial whose model a command uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import results_option, storage_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import read_study
from sweep.errors import UsageError
from sweep.results.configurations import MEAN

if TYPE_CHECKING:
    from sweep.model.trained import TrainedTrial

_OPTIONS = (
    click.option(
        "--trial",
        type=click.IntRange(min=0),
        metavar="N",
        help="The trial's number. [default: the best]",
    ),
    click.option(
        "--by",
        type=click.Choice(["value", "mean"]),
        help="Choose the best trial by its value in the sweep, or by the mean of its configuration "
        "over several seeds. [default: value]",
    ),
    click.option(
        "--training",
        type=click.Choice(["median", "best"]),
        help="With --by mean: take the configuration's training with the median or the best value. "
        "[default: median]",
    ),
    prefer_option,
    click.option(
        "--name",
        metavar="NAME",
        shell_complete=known_studies,
        help="The study's name. [default: the name of its file]",
    ),
    results_option,
    storage_option,
)


def trained_trial_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name a finished trial."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def find_trial(
    study: str,
    trial: int | None,
    by: str | None,
    training: str | None,
    prefer: str | None = None,
    **location: Any,
) -> TrainedTrial:
    """The trial that these options and a study file name.

    Raises:
        SweepError: there is no such trial, or the options do not go together.
    """
    import optuna

    if trial is not None and by is not None:
        raise UsageError("--by chooses a trial, but --trial names one: leave one of them out.")
    if trial is not None and prefer is not None:
        raise UsageError("--prefer chooses a trial, but --trial names one: leave one of them out.")
    if training is not None and by != MEAN:
        raise UsageError("--training needs --by mean: add it, or leave --training out.")
    from sweep.model.finding import find_trained
    from sweep.model.trained import StudyLocation
    from sweep.results.ranking import best_first, best_trials, training_by_mean
    from sweep.search.preference import Preference
    from sweep.storage.known_program import find_known
    from sweep.study.loader import take_study

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    place = StudyLocation(**location).anchored()  # before the study can change the directory
    known = find_known(study, place.name, place.url)
    loaded, place = take_study(known.study), replace(place, name=known.name)
    if by == MEAN or prefer is not None:
        read = read_study(place.name or loaded.name, place.url, attrs=[])
        preference = None if prefer is None else Preference.parse(prefer)
        if by == MEAN:
            trial = training_by_mean(*read, training or "median", preference)
        elif best_trials(*read).numbers:  # otherwise no trial keeps the constraints
            (trial,) = best_first(*read, 1, preference=preference).numbers
    return find_trained(loaded, trial, place)
