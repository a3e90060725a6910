"""The options that say how many configurations there are, and in how many steps they are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from sweep.errors import UsageError

if TYPE_CHECKING:
    from sweep.schedule.rungs import Rungs

trials_option = click.option(
    "--trials",
    "n_trials",
    type=click.IntRange(min=1),
    help="The total that the study gets; a second run adds what is missing. "
    "[default: the study file's]",
)
_RUNGS = (
    click.option(
        "--rungs",
        type=click.IntRange(min=2),
        help="Train every configuration a little and only the best on, over so many rungs, of "
        "which the last is max_steps (asynchronous successive halving by promotion). --trials "
        "counts configurations.",
    ),
    click.option(
        "--reduction-factor",
        type=click.IntRange(min=2),
        help="How many times as far each rung is as the one below, and which part of it is "
        "promoted. [default: 4]",
    ),
    click.option(
        "--brackets",
        type=click.IntRange(min=1),
        help="Let configurations begin at so many of the rungs, in turn (Hyperband). [default: 1]",
    ),
)


def rungs_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a study on rungs; `make_rungs` takes them."""
    for option in reversed(_RUNGS):
        command = option(command)
    return command


def make_rungs(
    rungs: int | None, reduction_factor: int | None, brackets: int | None
) -> Rungs | None:
    """The rungs that are asked for, if any are.

    Raises:
        UsageError: something is said of rungs, but not how many there are.
    """
    if rungs is not None:
        from sweep.schedule.rungs import REDUCTION_FACTOR, Rungs

        return Rungs(rungs, reduction_factor or REDUCTION_FACTOR, brackets or 1)
    if (reduction_factor, brackets) != (None, None):
        raise UsageError("--reduction-factor and --brackets belong to --rungs, which is missing.")
    return None
