"""`sweep retry`: run failed trials again."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.groups import Grouped
from sweep.cli.options.sweeping import training_options
from sweep.cli.screen.sweeping import sweep
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY, shell_complete=studies_to_sweep)
@click.option(
    "--reason",
    "retry",
    default="",
    metavar="TEXT",
    help="Retry only the trials whose failure starts with TEXT. `sweep show` prints the failures. "
    "They start with one of: signal, exit, timeout, stalled, node, out of memory, disk full, "
    "mismatch, no checkpoint, study, nan loss, no data, metric, exception.",
)
@training_options()
def retry(study: str, **options: Any) -> None:
    """Run failed trials again, as new trials with the same params.

    STUDY is the path of a study file or the name of one in studies/.

    \b
    sweep retry my_study.py                            all failed trials
    sweep retry my_study.py --reason "exception: OSError"
    """
    sweep(study, **options)
