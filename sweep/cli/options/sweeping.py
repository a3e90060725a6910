"""The options of the commands that sweep."""

from __future__ import annotations

from collections.abc import Callable

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import results_option, storage_option
from sweep.cli.options.values import Duration, Params, Size, Tasks
from sweep.search.pruners import DEFAULT_PRUNER, PRUNERS
from sweep.search.samplers import DEFAULT_SAMPLER, SAMPLERS

_OPTIONS = {
    "jobs": click.option(
        "--jobs",
        "n_jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many trials run at a time. They share the cores equally. "
        "[default: one for each GPU, or for each core if there is no GPU]",
    ),
    "seed": click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        help="The seed of the sampler and of all trials. The study keeps it. With --jobs 1, the "
        "same seed gives the same trials. [default: random]",
    ),
    "name": click.option(
        "--name",
        metavar="NAME",
        shell_complete=known_studies,
        help="The study's name. [default: the name of its file]",
    ),
    "results": results_option,
    "storage": storage_option,
    "sampler": click.option(
        "--sampler",
        type=click.Choice(list(SAMPLERS)),
        help=f"How to sample params. [default: as in the study file, or {DEFAULT_SAMPLER}]",
    ),
    "pruner": click.option(
        "--pruner",
        metavar="NAME[:OPTION=VALUE,…]",
        help=f"How to choose trials that end early: {', '.join(PRUNERS)}, with Optuna's options, "
        f"as in percentile:percentile=25. [default: as in the study file, or {DEFAULT_PRUNER}]",
    ),
    "evaluate-every": click.option(
        "--evaluate-every",
        type=click.IntRange(min=1),
        metavar="STEPS",
        help="Save a checkpoint and evaluate it every STEPS steps, unless the study's build sets "
        "its own interval. [default: as in the study; with a pruner, ten times a trial]",
    ),
    "constraint": click.option(
        "--constraint",
        "constraints",
        multiple=True,
        metavar="METRIC<=NUMBER",
        help="A limit on a metric of a trial's evaluation, as in 'latency<=20' or 'recall>=0.9' "
        "(quoted for the shell). A trial that breaks it is never the best, and continues only "
        "after all others. Repeat the option for more limits. [default: as in the study or its "
        "file]",
    ),
    "retries": click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=2,
        show_default=True,
        metavar="N",
        help="How many more attempts a trial gets after it loses its process: killed, crashed, "
        "stalled or out of memory. Each continues from the trial's last checkpoint.",
    ),
    "keep": click.option(
        "--keep",
        type=click.IntRange(min=1),
        metavar="N",
        help="Keep the checkpoints of only the best N trials while the sweep runs, as "
        "`sweep clean --keep` does afterwards. [default: keep all]",
    ),
    "inline": click.option(
        "--inline",
        is_flag=True,
        help="Run the trials in this process, one at a time. breakpoint() and a profiler then work "
        "in a model_fn and an input_fn, but the limits of an attempt do not apply, a crash ends "
        "the sweep, and the output of trials is not logged.",
    ),
    "cluster": click.option(
        "--cluster",
        type=Tasks(),
        metavar="chief=1,worker=N,…",
        help="Run each trial as a cluster of tasks, each a process with its own TF_CONFIG, as in "
        "chief=1,worker=1,ps=1,evaluator=1: one chief and the given numbers of workers, parameter "
        "servers and evaluators. They share the trial's cores, or are spread over the nodes of a "
        "Ray cluster if a trial fits on none. [default: as in the study file, or one process for "
        "each trial]",
    ),
    "engine": click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        help="Where trials run: on this machine, or on the nodes of a Ray cluster, with --jobs "
        "trials at a time in total. [default: local]",
    ),
    "address": click.option(
        "--address",
        metavar="HOST:PORT",
        help="The head of the Ray cluster. [default: the cluster that Ray finds on this machine]",
    ),
    "cpus-per-trial": click.option(
        "--cpus-per-trial",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="How many CPUs of its Ray node a trial gets. If no node has as many, the tasks of "
        "--cluster are spread over several. [default: 1]",
    ),
    "gpus-per-trial": click.option(
        "--gpus-per-trial",
        type=click.FloatRange(min=0),
        metavar="N",
        help="How many GPUs of its Ray node a trial gets. With less than 1, trials share a GPU. "
        "[default: 0]",
    ),
    "timeout": click.option(
        "--timeout",
        type=Duration(),
        metavar="90s|10m|2h",
        help="Start no more trials after this time. Running trials continue to their end.",
    ),
    "max-failed": click.option(
        "--max-failed",
        type=click.IntRange(min=1),
        metavar="N",
        help="Start no more trials when N trials of this run have failed.",
    ),
    "trial-timeout": click.option(
        "--trial-timeout",
        type=Duration(),
        metavar="90s|10m|2h",
        help="End an attempt that runs longer than this. An attempt is the process that trains a "
        "trial.",
    ),
    "stall-timeout": click.option(
        "--stall-timeout",
        type=Duration(),
        metavar="90s|10m|2h",
        help="End an attempt if its global_step does not change for this long. The time for "
        "building the model and for evaluations counts too.",
    ),
    "memory-limit": click.option(
        "--memory-limit",
        type=Size(),
        help="End an attempt that uses more memory than this, together with the processes that it "
        "starts.",
    ),
    "from": click.option(
        "--from",
        "begin_with",
        metavar="STUDY",
        shell_complete=known_studies,
        help="Start a new study (see --name) with the ended trials of STUDY that fit the search "
        "space and the metrics. They count as trials of the new study.",
    ),
    "param": click.option(
        "--param",
        "fixed",
        type=Params(),
        multiple=True,
        help="Hold params at one value in all trials of this run, as in batch_size=64.",
    ),
    "enqueue": click.option(
        "--enqueue",
        type=Params(),
        multiple=True,
        help="Params to try first, as in learning_rate=0.01,layers=2. Params that are left out are "
        "sampled. Repeat the option for more trials.",
    ),
    "listener": click.option(
        "--listener",
        "listeners",
        multiple=True,
        metavar="NAME[:OPTION=VALUE,…]",
        help="Also log each trial as a run of mlflow (options experiment, uri) or of wandb "
        "(options project, entity, mode), as in wandb:project=digits,mode=offline. Repeat the "
        "option for more.",
    ),
    "on-end": click.option(
        "--on-end",
        metavar="COMMAND",
        help="Run this shell command when the sweep is over, also after an interruption. It gets "
        "the outcome as JSON on its standard input: study, folder, exit_code, seconds, trials, "
        "best.",
    ),
}


_OF_NEW_PARAMS = ("seed", "sampler", "from", "param", "enqueue", "constraint")
"""Options that make no sense for a command that only trains params of existing trials."""


def sweeping_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that searches."""
    return some_sweeping_options(*_OPTIONS)(command)


def training_options(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a command that trains params of existing trials, except those left out."""
    unused = {*_OF_NEW_PARAMS, *left_out}
    return some_sweeping_options(*(name for name in _OPTIONS if name not in unused))


def some_sweeping_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options with these names."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name in reversed(names):
            command = _OPTIONS[name](command)
        return command

    return decorate
