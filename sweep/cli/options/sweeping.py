"""The options of the commands that sweep."""

from __future__ import annotations

from collections.abc import Callable

import click

from sweep.cli.options.location import results_option, storage_option
from sweep.cli.options.values import Duration, Params, Size, Tasks
from sweep.search.pruners import DEFAULT_PRUNER, PRUNERS
from sweep.search.samplers import DEFAULT_SAMPLER, SAMPLERS

_OPTIONS = {
    "jobs": click.option(
        "--jobs",
        "n_jobs",
        type=click.IntRange(min=1),
        help="Trials at a time; they share the cores equally. "
        "[default: one for each GPU, or for each core where there is no GPU]",
    ),
    "seed": click.option(
        "--seed",
        type=click.IntRange(min=0),
        help="Seeds the sampler and every trial; the study keeps it. With --jobs 1 the same seed "
        "gives the same trials. [default: drawn at random]",
    ),
    "name": click.option("--name", help="The study's name. [default: the file's]"),
    "results": results_option,
    "storage": storage_option,
    "sampler": click.option(
        "--sampler",
        type=click.Choice(list(SAMPLERS)),
        help=f"How params are sampled. [default: the study file's, or {DEFAULT_SAMPLER}]",
    ),
    "pruner": click.option(
        "--pruner",
        metavar="NAME[:OPTION=VALUE,…]",
        help=f"Which trials are ended early: {', '.join(PRUNERS)}, with Optuna's options, as in "
        f"percentile:percentile=25. [default: the study file's, or {DEFAULT_PRUNER}]",
    ),
    "evaluate-every": click.option(
        "--evaluate-every",
        type=click.IntRange(min=1),
        metavar="STEPS",
        help="Save a checkpoint and evaluate every so many steps, unless the study's build says "
        "otherwise. [default: as the study says; with a pruner ten times a trial]",
    ),
    "constraint": click.option(
        "--constraint",
        "constraints",
        multiple=True,
        metavar="METRIC<=NUMBER",
        help="What a metric of a trial's evaluation must keep, as in 'latency<=20' or "
        "'recall>=0.9' (in quotes, for the shell). A trial that breaks it is never the best, and "
        "goes on after all others. Give it again for another. [default: as the study has it, or "
        "its file]",
    ),
    "retries": click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=2,
        show_default=True,
        help="More attempts for a trial whose process is lost: killed, crashed, stalled or out of "
        "memory. Each goes on from the trial's last checkpoint.",
    ),
    "keep": click.option(
        "--keep",
        type=click.IntRange(min=1),
        help="Keep the checkpoints of this many of the best trials only, while the sweep runs, as "
        "`sweep clean --keep` does after it. [default: of all]",
    ),
    "inline": click.option(
        "--inline",
        is_flag=True,
        help="Run the trials in this process, one after the other, so that breakpoint() and a "
        "profiler work in a model_fn and an input_fn. There are no limits then, a crash ends the "
        "sweep, and what trials print is not logged.",
    ),
    "cluster": click.option(
        "--cluster",
        type=Tasks(),
        help="Make each trial a cluster of tasks, each a process with its TF_CONFIG, as in "
        "chief=1,worker=1,ps=1,evaluator=1: a chief, and as many workers, parameter servers and "
        "evaluators as are named. They share the cores of their trial. [default: the study "
        "file's, or one process for each trial]",
    ),
    "engine": click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        help="Where trials run: on this machine, or on the nodes of a Ray cluster, --jobs in all. "
        "[default: local]",
    ),
    "address": click.option(
        "--address",
        metavar="HOST:PORT",
        help="The cluster's head. [default: the cluster that Ray finds on this machine]",
    ),
    "cpus-per-trial": click.option(
        "--cpus-per-trial",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="What a trial has of its node. [default: 1]",
    ),
    "gpus-per-trial": click.option(
        "--gpus-per-trial",
        type=click.FloatRange(min=0),
        metavar="N",
        help="The same of GPUs; less than 1 where trials share one. [default: 0]",
    ),
    "timeout": click.option("--timeout", type=Duration(), help="Begin no trial after this time."),
    "max-failed": click.option(
        "--max-failed",
        type=click.IntRange(min=1),
        help="Begin no trial when so many of this run have failed.",
    ),
    "trial-timeout": click.option(
        "--trial-timeout", type=Duration(), help="End an attempt at a trial that runs for longer."
    ),
    "stall-timeout": click.option(
        "--stall-timeout",
        type=Duration(),
        help="End an attempt whose global_step stands still for longer. Building the model and an "
        "evaluation count too.",
    ),
    "memory-limit": click.option(
        "--memory-limit",
        type=Size(),
        help="End an attempt that uses more memory, with all that it starts.",
    ),
    "from": click.option(
        "--from",
        "begin_with",
        metavar="STUDY",
        help="Begin a new study (see --name) with the ended trials of this one, where they fit the "
        "search space and the metrics. They count as trials of the new study.",
    ),
    "param": click.option(
        "--param",
        "fixed",
        type=Params(),
        multiple=True,
        help="Params held at one value in all trials of this run.",
    ),
    "enqueue": click.option(
        "--enqueue",
        type=Params(),
        multiple=True,
        help="Params to try first; what they leave out is sampled. Give it again for another "
        "trial.",
    ),
    "listener": click.option(
        "--listener",
        "listeners",
        multiple=True,
        metavar="NAME[:OPTION=VALUE,…]",
        help="Make a run of each trial elsewhere too: mlflow (options experiment, uri) or wandb "
        "(project, entity, mode), as in wandb:project=digits,mode=offline. Give it again for "
        "another.",
    ),
    "on-end": click.option(
        "--on-end",
        metavar="COMMAND",
        help="Run this command by the shell when the sweep is over, interrupted too. It gets the "
        "outcome as JSON on its standard input: study, folder, exit_code, seconds, trials, best.",
    ),
}


_OF_NEW_PARAMS = ("seed", "sampler", "from", "param", "enqueue", "constraint")
"""What a command has no use for that trains params which the study has already."""


def sweeping_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that searches."""
    return some_sweeping_options(*_OPTIONS)(command)


def training_options(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Those of a command that trains params which the study has, without those left out."""
    unused = {*_OF_NEW_PARAMS, *left_out}
    return some_sweeping_options(*(name for name in _OPTIONS if name not in unused))


def some_sweeping_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Those of them that are named."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name in reversed(names):
            command = _OPTIONS[name](command)
        return command

    return decorate
