"""The option that says which of several metrics counts how much."""

from __future__ import annotations

import click

prefer_option = click.option(
    "--prefer",
    metavar="METRIC[=WEIGHT],…",
    help="Of several metrics, which one decides, as in accuracy, or how much each counts, as in "
    "accuracy=2,loss=1: by how far a trial lies between the worst and the best of the Pareto "
    "front.",
)
