"""The options that say with how many seeds to train a configuration, and whether to repeat one."""

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
        metavar="N",
        help="Train each configuration with N seeds; its value is the mean. With rungs or a "
        "pruner, only configurations that are among the best with their first seed get the others. "
        "--trials counts configurations. [default: as in the study or its file]",
    ),
    click.option(
        "--aggregate",
        type=click.Choice(["mean", "median"]),
        help="How --repeats combines the values of a configuration. [default: mean]",
    ),
    click.option(
        "--duplicates",
        type=click.Choice(["avoid", "allow"]),
        default="avoid",
        show_default=True,
        help="What to do when the sampler proposes params that were tried already: avoid them by "
        "sampling others, or allow them, with another seed. This does not affect --enqueue and "
        "--sampler grid.",
    ),
)


def repeats_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a study that trains configurations more than once."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_repeats(repeats: int | None, aggregate: str | None) -> Repeats | None:
    """The repeats that the options ask for, if any.

    Raises:
        UsageError: `aggregate` is given without `repeats`.
    """
    if repeats is not None:
        from sweep.schedule.repeats import Repeats

        return Repeats(repeats, aggregate or "mean")
    if aggregate is not None:
        raise UsageError("--aggregate needs --repeats: add it, or leave --aggregate out.")
    return None
