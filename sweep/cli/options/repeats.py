"""The options that say with how many seeds a configuration is trained, and whether twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from sweep.errors import UsageError

if TYPE_CHECKING:
    from sweep.schedule.repeats import Repeats

_OPTIONS = (
    click.option(
        "--repeats",
        type=click.IntRange(min=1),
        help="Train each configuration with so many seeds; their mean is its value. With rungs or "
        "a pruner, only those that are among the best with their first get the others. --trials "
        "counts configurations. [default: as the study has it, or its file]",
    ),
    click.option(
        "--aggregate",
        type=click.Choice(["mean", "median"]),
        help="What the value of --repeats is. [default: mean]",
    ),
    click.option(
        "--duplicates",
        type=click.Choice(["avoid", "allow"]),
        default="avoid",
        show_default=True,
        help="Whether params that were tried are drawn anew where the sampler proposes them again, "
        "or kept, with another seed. --enqueue and --sampler grid are as they are.",
    ),
)


def repeats_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a study whose configurations are trained again."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_repeats(repeats: int | None, aggregate: str | None) -> Repeats | None:
    """What is asked for, if anything is.

    Raises:
        UsageError: it is said what the value of several trainings is, but not how many there are.
    """
    if repeats is not None:
        from sweep.schedule.repeats import Repeats

        return Repeats(repeats, aggregate or "mean")
    if aggregate is not None:
        raise UsageError("--aggregate belongs to --repeats, which is missing.")
    return None
