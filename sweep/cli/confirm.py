"""`sweep confirm`: the best configurations trained again, to see which is the best."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.groups import Grouped
from sweep.cli.options.output import json_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.sweeping import training_options
from sweep.cli.screen.sweeping import sweep
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Confirm so many of the best configurations.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Train each with so many further seeds. One that is clearly behind gets no more.",
)
@prefer_option
@training_options("pruner")
@json_option
def confirm(
    study: str,
    top: int,
    seeds: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Train the best configurations again with other seeds, and say which is best by its mean.

    STUDY is the path of a study file or the name of one in studies/. The best value of a sweep is
    too good: it was chosen for its luck too. The seeds of a confirmation had no part in the choice,
    and all configurations get the same. Each training is a trial of its own, in full, which
    samplers do not see. The same command again goes on where it stands, and then prints the table
    again; with larger --top or --seeds it adds what is missing.

    \b
    sweep confirm digits_mlp                        the best 5, with 5 seeds
    sweep confirm digits_mlp --top 10 --seeds 10
    sweep confirm two_metrics --prefer accuracy     of a study with several metrics
    sweep best digits_mlp --by mean                 the outcome
    sweep export digits_mlp DIRECTORY --by mean     its median training
    """
    from sweep.schedule.confirmation import Confirmation

    sweep(study, confirmation=Confirmation(top, seeds), as_json=as_json, **options)
