"""`sweep retry`: failed trials once more."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.groups import Grouped
from sweep.cli.options.sweeping import training_options
from sweep.cli.screen.sweeping import sweep
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--reason",
    "retry",
    default="",
    help="Only trials whose failure begins so: signal, exit, timeout, stalled, node, "
    "out of memory, disk full, mismatch, no checkpoint, study, nan loss, no data, metric, "
    "exception, as `sweep show` has it.",
)
@training_options()
def retry(study: str, **options: Any) -> None:
    """Run failed trials again, as new trials with the same params.

    STUDY is the path of a study file or the name of one in studies/.

    \b
    sweep retry my_study.py                            all that have failed
    sweep retry my_study.py --reason "exception: OSError"
    """
    sweep(study, **options)
