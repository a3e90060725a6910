"""The options that say how many configurations to train, and over how many rungs."""

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
    metavar="N",
    help="How many trials the study gets in total. A second run adds only the missing ones. "
    "[default: as in the study file, or 20]",
)
_RUNGS = (
    click.option(
        "--rungs",
        type=click.IntRange(min=2),
        metavar="N",
        help="Train every configuration a little and only the best ones further, over N rungs. The "
        "last rung is max_steps (asynchronous successive halving by promotion). --trials counts "
        "configurations.",
    ),
    click.option(
        "--reduction-factor",
        type=click.IntRange(min=2),
        metavar="N",
        help="Each rung trains N times as far as the one below, and the best 1/N of its "
        "configurations are promoted. [default: 4]",
    ),
    click.option(
        "--brackets",
        type=click.IntRange(min=1),
        metavar="N",
        help="Let configurations start on N different rungs, in turn (Hyperband). [default: 1]",
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
    """The rungs that the options ask for, if any.

    Raises:
        UsageError: the other options are given without `rungs`.
    """
    if rungs is not None:
        from sweep.schedule.rungs import REDUCTION_FACTOR, Rungs

        return Rungs(rungs, reduction_factor or REDUCTION_FACTOR, brackets or 1)
    if (reduction_factor, brackets) != (None, None):
        raise UsageError(
            "--reduction-factor and --brackets need --rungs: add it, or leave them out."
        )
    return None
