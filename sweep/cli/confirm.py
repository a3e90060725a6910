"""`sweep confirm`: train the best configurations again, to see which one is the best."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.groups import Grouped
from sweep.cli.options.output import json_option
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.sweeping import training_options
from sweep.cli.screen.sweeping import sweep
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY, shell_complete=studies_to_sweep)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="How many of the best configurations to confirm.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    metavar="N",
    help="How many further seeds to train each configuration with. A configuration that is clearly "
    "behind gets no more seeds.",
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
    """Train the best configurations again with other seeds.

    STUDY is the path of a study file or the name of one in studies/. A configuration is a set of
    params. The best value of a sweep is too optimistic, because the trial was chosen partly for
    its luck. The seeds of a confirmation had no part in that choice, and all configurations get
    the same ones. A table ranks the configurations by their means.

    Each training is a full trial, which samplers do not see. Running the same command again
    continues the confirmation, or prints its table again. A larger --top or --seeds adds the
    missing trainings.

    \b
    sweep confirm digits_mlp                        the best 5, with 5 seeds
    sweep confirm digits_mlp --top 10 --seeds 10
    sweep confirm two_metrics --prefer accuracy     a study with several metrics
    sweep best digits_mlp --by mean                 show the result
    sweep export digits_mlp DIRECTORY --by mean     export its median training
    """
    from sweep.schedule.confirmation import Confirmation

    sweep(study, confirmation=Confirmation(top, seeds), as_json=as_json, **options)
