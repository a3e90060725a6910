"""`sweep replay`: a training in legs gone through once more."""

from __future__ import annotations

from typing import Any

import click

from sweep.cli.options.sweeping import sweeping_options
from sweep.cli.screen.sweeping import sweep
from sweep.errors import UsageError
from sweep.storage.url import storage_url
from sweep.study.files import DEFAULT_STUDY


@click.command()
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--trial", type=click.IntRange(min=0), help="The schedule's last. [default: the best]"
)
@click.option("--of", metavar="STUDY", help="Whose trial it is. [default: the study file's]")
@sweeping_options
def replay(
    study: str, fixed: tuple[dict[str, Any], ...], trial: int | None, of: str | None, **options: Any
) -> None:
    """Train once more through the params that a member of a population went through.

    STUDY is the path of a study file or the name of one in studies/. The legs become trials of a
    new study, called as the old one with -replay behind, unless --name says otherwise. Its
    seed is drawn anew, unless --seed gives one.

    \b
    sweep replay my_study.py
    sweep replay my_study.py --trial 40 --name again --seed 7
    """
    if options["enqueue"] or fixed:
        raise UsageError(
            "What a replay trains is the schedule's alone: leave --enqueue and --param out."
        )
    from sweep.cli.options.study import read_study, study_name
    from sweep.results.lineage import lineage, schedule

    url = options["storage"] or storage_url(options["results"])
    summary, trials = read_study(of or study_name(study, url), url)
    scheduler = schedule(lineage(summary, trials, trial))
    options["name"] = options["name"] or f"{summary.name}-replay"
    options["enqueue"] = (scheduler.params[0],)
    sweep(study, fixed, scheduler=scheduler, **options)
