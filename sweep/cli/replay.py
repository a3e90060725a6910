"""`sweep replay`: train a trial again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.groups import Grouped
from sweep.cli.options.sweeping import some_sweeping_options, training_options
from sweep.cli.screen.sweeping import sweep
from sweep.errors import UsageError
from sweep.storage.url import storage_url
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY, shell_complete=studies_to_sweep)
@click.option(
    "--trial",
    type=click.IntRange(min=0),
    metavar="N",
    help="The trial to train again; if its training has several legs, the last one. "
    "[default: the best]",
)
@click.option(
    "--of", metavar="STUDY", help="The study that has the trial. [default: the study file's]"
)
@click.option(
    "--own-seed",
    is_flag=True,
    help="Train each leg with the seed that it had. [default: another seed]",
)
@some_sweeping_options("seed")
@training_options("pruner")
def replay(study: str, trial: int | None, of: str | None, own_seed: bool, **options: Any) -> None:
    """Train a trial again in the same way.

    STUDY is the path of a study file or the name of one in studies/. The trial goes through all of
    its legs again: a member of a population trains with the same sequence of params, and a trial on
    rungs goes through the same rungs. The legs become trials of a new study. Its name is the old
    one with -replay appended, or what --name says. Its seed is random, unless --seed gives one or
    --own-seed keeps the trial's.

    \b
    sweep replay my_study.py
    sweep replay my_study.py --trial 40 --name again --seed 7
    sweep replay my_study.py --trial 40 --own-seed
    """
    if own_seed and options["seed"] is not None:
        raise UsageError("--own-seed and --seed exclude each other: leave one of them out.")
    from sweep.cli.options.study import read_study, study_name
    from sweep.results.lineage import lineage, schedule

    url = options["storage"] or storage_url(options["results"])
    summary, trials = read_study(of or study_name(study, url), url)
    legs = lineage(summary, trials, trial)
    scheduler = schedule(legs, own_seed=own_seed)
    click.echo(what_is_trained(legs.numbers, own_seed), err=True)
    options["name"] = options["name"] or f"{summary.name}-replay"
    sweep(study, scheduler=scheduler, enqueue=(scheduler.params[0],), **options)


def what_is_trained(legs: Sequence[int], own_seed: bool) -> str:
    what = f"Training trial {legs[-1]} again, in one go"
    if len(legs) > 1:
        what = f"Training the {len(legs)} legs of trial {legs[-1]} again"
    if own_seed:
        return f"{what}, with the same seed."
    return f"{what}, with another seed. --own-seed keeps the trial's seed."
