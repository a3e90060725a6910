"""`sweep run`: a study swept until it has all its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.program import AskedProgram, TakesArguments, program_options
from sweep.cli.options.repeats import make_repeats, repeats_options
from sweep.cli.options.rungs import make_rungs, rungs_options, trials_option
from sweep.cli.options.sweeping import sweeping_options
from sweep.cli.options.values import Names
from sweep.cli.screen.sweeping import sweep
from sweep.errors import UsageError
from sweep.study.files import DEFAULT_STUDY

if TYPE_CHECKING:
    from sweep.schedule.base import Scheduler


@click.command(cls=TakesArguments)
@click.argument("study", metavar="[STUDY|PROGRAM.py|TUNING.yaml]", required=False)
@trials_option
@rungs_options
@repeats_options
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
@program_options
@sweeping_options
def run(
    study: str | None,
    fixed: tuple[dict[str, Any], ...],
    rungs: int | None,
    reduction_factor: int | None,
    brackets: int | None,
    repeats: int | None,
    aggregate: str | None,
    population: int | None,
    legs: int | None,
    explore: tuple[str, ...] | None,
    **options: Any,
) -> None:
    """Sweep a study until it has all its trials.

    STUDY is the path of a study file or the name of one in studies/. The same command again goes
    on where the study stands: trials that a Ctrl-C has interrupted continue from their last
    checkpoint, and only what is missing is added.

    A program that trains an Estimator by itself is swept as it is, by its flags: each trial runs it
    with the ARGUMENTS behind -- and a value for each flag that --vary names, as --NAME=VALUE or
    where {NAME} stands in an argument. {model_dir}, {seed} and {number} are the trial's. Its calls
    of train_and_evaluate, or of an Estimator's train and evaluate, are observed. TUNING.yaml is the
    tuning file that a program has for Cloud ML Engine, AI Platform or Vertex AI.

    \b
    sweep run                                    the default study, studies/digits_mlp.py
    sweep run mnist_conv --trials 50 --jobs 4
    sweep run my_study.py --param batch_size=64  with one param held fixed
    sweep run my_study.py --enqueue learning_rate=0.01,layers=2
    sweep run mnist_conv --trials 64 --rungs 3   64 configurations, of which 16 and 4 go on
    sweep run my_study.py --repeats 3            the value of each is the mean of 3 seeds
    sweep run trainer/task.py --vary learning-rate=1e-4..1e-1:log --vary batch-size=32,64 \\
        --metric accuracy -- --train-files data.csv --job-dir {model_dir}
    sweep run -m trainer.task --vary … --metric … -- …
    sweep run hptuning_config.yaml --program trainer.task -- --job-dir {model_dir}
    """
    if population is None and (legs, explore) != (None, None):
        raise UsageError("--legs and --explore belong to --population, which is missing.")
    if rungs is not None and population is not None:
        raise UsageError("A study has either --rungs or a --population: leave one of them out.")
    scheduler: Scheduler | None = make_rungs(rungs, reduction_factor, brackets)
    if population is not None:
        from sweep.schedule.population import Population

        scheduler = Population(population, legs or 10, explore or ())
    options["repeats"] = make_repeats(repeats, aggregate)
    declared = AskedProgram.of(options).declared(study)
    sweep(declared or study or DEFAULT_STUDY, fixed, scheduler=scheduler, **options)
