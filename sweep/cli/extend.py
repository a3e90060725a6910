"""`sweep extend`: train the best trials further."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.groups import Grouped
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.sweeping import training_options
from sweep.cli.screen.sweeping import sweep
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY, shell_complete=studies_to_sweep)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many of the best trials to train further.",
)
@click.option(
    "--max-steps",
    type=click.IntRange(min=1),
    required=True,
    metavar="STEPS",
    help="Train each of them to this global_step.",
)
@prefer_option
@training_options()
def extend(study: str, top: int, max_steps: int, **options: Any) -> None:
    """Train the best trials further.

    STUDY is the path of a study file or the name of one in studies/. Each of the best trials gets
    a new trial, which continues from its checkpoint.

    \b
    sweep extend mnist_conv --top 3 --max-steps 5000
    """
    from sweep.flow.extension import Extension

    sweep(study, extension=Extension(top, max_steps), **options)
