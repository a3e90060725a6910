"""The options of a command that serves a page: where it listens, and whether to open it."""

from __future__ import annotations

from collections.abc import Callable

import click

from sweep.cli.options.location import location_options

_OPTIONS = (
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="The address to listen on.",
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="The port to listen on. [default: the usual port, or a free one if that is taken]",
    ),
    click.option("--open", "browse", is_flag=True, help="Open the page in a browser."),
    location_options,
)


def page_options(command: Callable[..., None]) -> Callable[..., None]:
    """All of them, and the options that say where the studies are."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
