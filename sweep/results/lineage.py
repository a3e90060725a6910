"""The training that ended with a trial: its legs, and the params of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sweep import attrs
from sweep.errors import UsageError
from sweep.results.comparison import params_of
from sweep.results.ranking import best_first
from sweep.results.trials import Trials
from sweep.search.preference import Preference
from sweep.storage.reading import StudySummary
from sweep.wording import no_trial

if TYPE_CHECKING:
    from sweep.schedule.replay import Replay

ATTRS = (attrs.CONTINUES, attrs.GLOBAL_STEP)
"""The user attributes that a lineage and its legs are read from."""


def lineage(
    summary: StudySummary,
    trials: Trials,
    number: int | None,
    preference: Preference | None = None,
) -> Trials:
    """The trials of a training, from the first leg to the last.

    Args:
        summary: the study.
        trials: its trials.
        number: the last trial of the training; None is the best trial.
        preference: how much each of several metrics counts for the best trial.

    Raises:
        UsageError: the study does not have this trial, or has no best trial.
    """
    if number is None:
        best = best_first(summary, trials, 1, preference=preference).numbers
        if not best:
            raise UsageError(
                f"No trial of study {summary.name!r} is complete yet: name a trial with --trial."
            )
        number = best[0]
    if number not in trials.numbers:
        raise UsageError(no_trial(summary.name, [number], trials.numbers))
    sources = trials.columns.get(attrs.CONTINUES, {})
    chain = [number]
    while chain[-1] in sources:
        chain.append(sources[chain[-1]])
    return trials.only(reversed(chain))


def schedule(legs: Trials, *, own_seed: bool = False) -> Replay:
    """The scheduler that trains the trials of a lineage again in the same way.

    Args:
        legs: the trials of the lineage.
        own_seed: whether each leg gets the seed that it had.

    Raises:
        UsageError: a trial did not reach the end of its leg, or has no recorded seed.
    """
    from sweep.schedule.replay import Replay  # imported here: showing a lineage needs no Optuna

    known = legs.columns.get(attrs.GLOBAL_STEP, {})
    steps = [known.get(number, 0) for number in legs.numbers]
    if any(step <= before for before, step in zip([0, *steps], steps, strict=False)):
        raise UsageError(
            f"Trial {legs.numbers[-1]} was not trained to the end of a leg, so there is nothing to "
            "replay: name another trial."
        )
    params = tuple(params_of(legs.row(number)) for number in legs.numbers)
    seeds = legs.columns.get(attrs.SEED, {})
    if own_seed and any(number not in seeds for number in legs.numbers):
        raise UsageError(
            f"Trial {legs.numbers[-1]} has no seed, because another program than sweep added it: "
            "leave --own-seed out."
        )
    own = tuple(seeds[number] for number in legs.numbers) if own_seed else ()
    return Replay(params, tuple(step / steps[-1] for step in steps), steps[-1], own)
