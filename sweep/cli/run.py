"""`sweep run`, `sweep retry` and `sweep extend`: what each of them adds to a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sweep.cli.sweeping import sweep, sweeping_options
from sweep.cli.values import Names
from sweep.errors import UsageError
from sweep.storage.url import storage_url
from sweep.study.files import DEFAULT_STUDY

if TYPE_CHECKING:
    from sweep.schedule.base import Scheduler


@click.command()
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--trials",
    "n_trials",
    type=click.IntRange(min=1),
    help="The total that the study shall have; a second run adds what is missing. "
    "[default: the study file's]",
)
@click.option(
    "--rungs",
    type=click.IntRange(min=2),
    help="Train every configuration a little and only the best on, over so many rungs, of which "
    "the last is max_steps (asynchronous successive halving by promotion). --trials counts "
    "configurations.",
)
@click.option(
    "--reduction-factor",
    type=click.IntRange(min=2),
    help="How many times as far each rung is as the one below, and which part of it is promoted. "
    "[default: 3]",
)
@click.option(
    "--brackets",
    type=click.IntRange(min=1),
    help="Let configurations begin at so many of the rungs, in turn (Hyperband). [default: 1]",
)
@click.option(
    "--population",
    type=click.IntRange(min=2),
    help="Train so many members side by side; after each leg the worst copy the best and vary "
    "their params (population based training). It takes the place of --trials.",
)
@click.option(
    "--legs",
    type=click.IntRange(min=2),
    help="How many legs a member's training to max_steps has. [default: 10]",
)
@click.option(
    "--explore",
    type=Names(),
    help="The params that a member may vary, which must not change the shape of the model. "
    "[default: all that are real numbers]",
)
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    help="Begin no more when so many trials have ended since the best one.",
)
@click.option(
    "--target", type=float, help="Begin no more when a complete trial is as good as this value."
)
@click.option(
    "--total-steps",
    type=click.IntRange(min=1),
    metavar="STEPS",
    help="Begin no more when all trials together have trained for so many steps.",
)
@sweeping_options
def run(
    study: str,
    fixed: tuple[dict[str, Any], ...],
    rungs: int | None,
    reduction_factor: int | None,
    brackets: int | None,
    population: int | None,
    legs: int | None,
    explore: tuple[str, ...] | None,
    **options: Any,
) -> None:
    """Sweep a study until it has all its trials.

    STUDY is the path of a study file or the name of one in studies/. The same command again goes
    on where the study stands: trials that a Ctrl-C has interrupted continue from their last
    checkpoint, and only what is missing is added.

    \b
    sweep run                                    the default study, studies/digits_mlp.py
    sweep run mnist_conv --trials 50 --jobs 4
    sweep run my_study.py --param batch_size=64  with one param held fixed
    sweep run my_study.py --enqueue learning_rate=0.01,layers=2
    sweep run mnist_conv --trials 81 --rungs 4   81 configurations, of which 27, 9, 3 go on
    """
    if rungs is None and (reduction_factor, brackets) != (None, None):
        raise UsageError("--reduction-factor and --brackets belong to --rungs, which is missing.")
    if population is None and (legs, explore) != (None, None):
        raise UsageError("--legs and --explore belong to --population, which is missing.")
    if rungs is not None and population is not None:
        raise UsageError("A study has either --rungs or a --population: leave one of them out.")
    scheduler: Scheduler | None = None
    if rungs is not None:
        from sweep.schedule.rungs import Rungs

        scheduler = Rungs(rungs, reduction_factor or 3, brackets or 1)
    if population is not None:
        from sweep.schedule.population import Population

        scheduler = Population(population, legs or 10, explore or ())
    sweep(study, fixed, scheduler=scheduler, **options)


@click.command()
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--reason",
    "retry",
    default="",
    help="Only trials whose failure begins so: signal, exit, timeout, stalled, out of memory, "
    "disk full, mismatch, no checkpoint, nan loss, no data, metric, exception, as `sweep show` has "
    "it.",
)
@sweeping_options
def retry(study: str, fixed: tuple[dict[str, Any], ...], **options: Any) -> None:
    """Run failed trials again, as new trials with the same params.

    STUDY is the path of a study file or the name of one in studies/.

    \b
    sweep retry my_study.py                            all that have failed
    sweep retry my_study.py --reason "exception: OSError"
    """
    sweep(study, fixed, **options)


@click.command()
@click.argument("study", default=DEFAULT_STUDY)
@click.option(
    "--top", type=click.IntRange(min=1), default=1, show_default=True, help="So many of the best."
)
@click.option(
    "--max-steps",
    type=click.IntRange(min=1),
    required=True,
    metavar="STEPS",
    help="Train each of them to this global_step.",
)
@sweeping_options
def extend(
    study: str, fixed: tuple[dict[str, Any], ...], top: int, max_steps: int, **options: Any
) -> None:
    """Train the best trials further, each in a new trial that goes on from its checkpoint.

    STUDY is the path of a study file or the name of one in studies/.

    \b
    sweep extend mnist_conv --top 3 --max-steps 5000
    """
    from sweep.flow.extension import Extension

    sweep(study, fixed, extension=Extension(top, max_steps), **options)


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
    from sweep.cli.reading import read, study_name
    from sweep.results.lineage import lineage, schedule

    url = options["storage"] or storage_url(options["results"])
    summary, trials = read(of or study_name(study, url), url)
    scheduler = schedule(lineage(summary, trials, trial))
    options["name"] = options["name"] or f"{summary.name}-replay"
    options["enqueue"] = (scheduler.params[0],)
    sweep(study, fixed, scheduler=scheduler, **options)
