"""`sweep run`: sweep a study until it has all its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.completing import studies_to_sweep
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
@click.argument(
    "study",
    metavar="[STUDY|PROGRAM.py|TUNING.yaml]",
    required=False,
    shell_complete=studies_to_sweep,
)
@trials_option
@rungs_options
@repeats_options
@click.option(
    "--population",
    type=click.IntRange(min=2),
    metavar="N",
    help="Train N members side by side. After each leg, the worst members copy the best and vary "
    "their params (population based training). This replaces --trials.",
)
@click.option(
    "--legs",
    type=click.IntRange(min=2),
    metavar="N",
    help="Divide a member's training to max_steps into N legs. [default: 10]",
)
@click.option(
    "--explore",
    type=Names(),
    help="The params that members vary, as in learning_rate,dropout. They must not change the "
    "shape of the model. [default: all real-valued params]",
)
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    metavar="N",
    help="Start no more trials when N trials have ended since the best one.",
)
@click.option(
    "--target",
    type=float,
    metavar="VALUE",
    help="Start no more trials when a complete trial is as good as this value.",
)
@click.option(
    "--total-steps",
    type=click.IntRange(min=1),
    metavar="STEPS",
    help="Start no more trials when all trials together have trained for this many steps.",
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

    STUDY is the path of a study file or the name of one in studies/. Running the same command
    again continues the study: interrupted trials continue from their last checkpoint, and only
    missing trials are added.

    A PROGRAM that trains an Estimator is swept over its flags, without changes. Each trial runs
    the program with the ARGUMENTS after -- and a value for each flag that --vary names. The value
    is passed as --NAME=VALUE, or replaces {NAME} in an argument. {model_dir}, {seed} and {number}
    stand for the trial's folder, seed and number. The program's calls of train_and_evaluate, or of
    an Estimator's train and evaluate, are observed. TUNING.yaml is a tuning file for Cloud ML
    Engine, AI Platform or Vertex AI.

    \b
    sweep run                                    the default study, studies/digits_mlp.py
    sweep run mnist_conv --trials 50 --jobs 4
    sweep run my_study.py --param batch_size=64  hold one param fixed
    sweep run my_study.py --enqueue learning_rate=0.01,layers=2
    sweep run mnist_conv --trials 64 --rungs 3   64 configurations, of which 16 and 4 continue
    sweep run my_study.py --repeats 3            the value of each is the mean of 3 seeds
    sweep run trainer/task.py --vary learning-rate=1e-4..1e-1:log --vary batch-size=32,64 \\
        --metric accuracy -- --train-files data.csv --job-dir {model_dir}
    sweep run -m trainer.task --vary … --metric … -- …
    sweep run hptuning_config.yaml --program trainer.task -- --job-dir {model_dir}
    """
    if population is None and (legs, explore) != (None, None):
        raise UsageError("--legs and --explore need --population: add it, or leave them out.")
    if rungs is not None and population is not None:
        raise UsageError("--rungs and --population exclude each other: leave one of them out.")
    scheduler: Scheduler | None = make_rungs(rungs, reduction_factor, brackets)
    if population is not None:
        from sweep.schedule.population import Population

        scheduler = Population(population, legs or 10, explore or ())
    options["repeats"] = make_repeats(repeats, aggregate)
    declared = AskedProgram.of(options).declared(study)
    sweep(declared or study or DEFAULT_STUDY, fixed, scheduler=scheduler, **options)
