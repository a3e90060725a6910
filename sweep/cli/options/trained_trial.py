"""The options that lead to a trial whose model is taken up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.location import results_option, storage_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import read_study
from sweep.errors import UsageError
from sweep.results.configurations import MEAN

if TYPE_CHECKING:
    from sweep.model.trained import TrainedTrial

_OPTIONS = (
    click.option("--trial", type=click.IntRange(min=0), help="The trial. [default: the best]"),
    click.option(
        "--by",
        type=click.Choice(["value", "mean"]),
        help="What the best is chosen by: its value in the sweep, or the mean of its configuration "
        "over several seeds. [default: value]",
    ),
    click.option(
        "--training",
        type=click.Choice(["median", "best"]),
        help="With --by mean: which of the configuration's trainings is taken, by its value. "
        "[default: median]",
    ),
    prefer_option,
    click.option("--name", help="The study's name. [default: the file's]"),
    results_option,
    storage_option,
)


def trained_trial_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that lead to a finished trial."""
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
        SweepError: there is none, or the options do not go together.
    """
    import optuna

    if trial is not None and by is not None:
        raise UsageError("--by chooses a trial, but --trial names one: leave one of them out.")
    if trial is not None and prefer is not None:
        raise UsageError("--prefer chooses a trial, but --trial names one: leave one of them out.")
    if training is not None and by != MEAN:
        raise UsageError("--training chooses among the trainings of --by mean, which is missing.")
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
        elif best_trials(*read).numbers:  # or there is none that keeps the constraints
            (trial,) = best_first(*read, 1, preference=preference).numbers
    return find_trained(loaded, trial, place)
