"""The scheduler of a study: chosen once, kept in the study, and used whenever it continues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep import attrs
from sweep.errors import UsageError
from sweep.schedule.base import Scheduler, Whole
from sweep.schedule.population import Population
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs


def agree(
    name: str, chosen: Scheduler | None, kept: Mapping[str, Any], *, has_trials: bool
) -> Scheduler:
    """The scheduler of a study, which may already have one.

    Args:
        name: the study's name.
        chosen: the requested scheduler, if any.
        kept: what the study keeps of its scheduler; empty if it has none.
        has_trials: whether the study has trials.

    Raises:
        UsageError: the requested scheduler is not the one that the study's trials come from.
    """
    known = _from_json(kept)
    if chosen is None or chosen.to_json() == known.to_json():
        return known
    if has_trials:
        other = "another" if describe(chosen) == describe(known) else describe(chosen)
        with_them = f", and use --from {name} for the trials that fit"
        raise UsageError(
            f"Study {name!r} was started with {describe(known)}, not with {other}: continue it as "
            "it was started, or start another study with "
            f"--name{with_them if chosen.n_configurations is None else ''}."
        )
    return chosen


def kept_scheduler(study_attrs: Mapping[str, Any]) -> Scheduler:
    """The scheduler of a study with these user attributes."""
    return _from_json(study_attrs.get(attrs.SCHEDULER, {}))


def describe(scheduler: Scheduler) -> str:
    """The scheduler in a few words."""
    match scheduler:
        case Rungs(n_rungs, factor, n_brackets):
            brackets = "" if n_brackets == 1 else f" in {n_brackets} brackets"
            return f"{n_rungs} rungs by a factor of {factor}{brackets}"
        case Population(n_members, n_legs):
            return f"a population of {n_members} in {n_legs} legs"
        case Replay(params):
            return f"a schedule of {len(params)} leg{'s' * (len(params) > 1)}"
        case _:
            return "every trial trained to its end without a break"


def check_steps(scheduler: Scheduler, max_steps: int | None) -> None:
    """Checks that the trainings of a study can be divided for the scheduler.

    Raises:
        UsageError: they have no max_steps, or too few steps.
    """
    shortest = scheduler.share({attrs.RUNG: 0, attrs.LEG: 0})
    if shortest == 1:
        return
    if max_steps is None:
        raise UsageError(
            f"{describe(scheduler).capitalize()}: this divides max_steps, but the study's "
            "TrainSpec has none. Set max_steps in it."
        )
    if shortest * max_steps < 1:
        raise UsageError(
            f"{describe(scheduler).capitalize()}: a training of max_steps={max_steps} is too short "
            "to divide like this. Ask for fewer."
        )


def shortfall(scheduler: Scheduler, n_configurations: int) -> str | None:
    """What is wrong if there are too few configurations for any to be trained to its end."""
    if not isinstance(scheduler, Rungs) or n_configurations >= scheduler.least_configurations:
        return None
    return (
        f"No trial will complete: {describe(scheduler)} need {scheduler.least_configurations} "
        f"configurations for one to reach the last rung, but there are only {n_configurations}. "
        "Ask for more --trials, or for fewer rungs."
    )


def _from_json(kept: Mapping[str, Any]) -> Scheduler:
    fields = {name: value for name, value in kept.items() if name != "kind"}
    match kept.get("kind"):
        case "rungs":
            return Rungs(**fields)
        case "population":
            return Population(**fields | {"explore": tuple(fields["explore"])})
        case "replay":
            params, shares = tuple(fields["params"]), tuple(fields["shares"])
            return Replay(params, shares, fields["max_steps"], tuple(fields.get("seeds", ())))
        case _:
            return Whole()
