"""`sweep replay`: a trial trained once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from sweep.cli.options.groups import Grouped
from sweep.cli.options.sweeping import some_sweeping_options, training_options
from sweep.cli.screen.sweeping import sweep
from sweep.errors import UsageError
from sweep.storage.url import storage_url
from sweep.study.files import DEFAULT_STUDY


@click.command(cls=Grouped)
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--trial", type=click.IntRange(min=0), help="The schedule's last. [default: the best]"
)
@click.option("--of", metavar="STUDY", help="Whose trial it is. [default: the study file's]")
@click.option(
    "--own-seed",
    is_flag=True,
    help="Train with the seed that the trial had, of each leg its own. [default: another]",
)
@some_sweeping_options("seed")
@training_options("pruner")
def replay(study: str, trial: int | None, of: str | None, own_seed: bool, **options: Any) -> None:
    """Train once more as a trial was trained: through all of its legs, or in one go.

    STUDY is the path of a study file or the name of one in studies/. A member of a population goes
    through the params that it went through, and a trial on rungs through its rungs. The legs become
    trials of a new study, called as the old one with -replay behind, unless --name says otherwise.
    Its seed is drawn anew, unless --seed gives one or --own-seed keeps the trial's.

    \b
    sweep replay my_study.py
    sweep replay my_study.py --trial 40 --name again --seed 7
    sweep replay my_study.py --trial 40 --own-seed
    """
    if own_seed and options["seed"] is not None:
        raise UsageError("Train with --own-seed or with another --seed: leave one of them out.")
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
    what = f"Trial {legs[-1]} is trained once more, in one go"
    if len(legs) > 1:
        what = f"The {len(legs)} legs of trial {legs[-1]} are trained once more"
    if own_seed:
        return f"{what}, with the seed that it had."
    return f"{what}, with another seed: --own-seed takes the one that it had."
