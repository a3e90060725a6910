"""The option that says how much each of several metrics counts."""

from __future__ import annotations

import click

from sweep.cli.options.completing import metrics

prefer_option = click.option(
    "--prefer",
    shell_complete=metrics,
    metavar="METRIC[=WEIGHT],…",
    help="For a study with several metrics: the one that decides, as in accuracy, or how much each "
    "counts, as in accuracy=2,loss=1. Each metric is scaled so that 0 is its worst value on the "
    "Pareto front and 1 its best. Other trials, and means of several seeds, can lie outside.",
)
