"""`sweep check`: what is wrong with a study, and what a sweep of it would cost."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.output import json_option
from sweep.cli.options.program import AskedProgram, TakesArguments, program_options
from sweep.cli.options.rungs import make_rungs, rungs_options, trials_option
from sweep.cli.options.sweeping import some_sweeping_options
from sweep.cli.screen.loading import load
from sweep.cli.screen.table import terminal_width
from sweep.cli.screen.waiting import Waiting
from sweep.study.files import DEFAULT_STUDY

WIDTH_OF_A_FILE = 100


@click.command(cls=TakesArguments)
@click.argument(
    "study",
    metavar="[STUDY|PROGRAM.py|TUNING.yaml]",
    required=False,
    shell_complete=studies_to_sweep,
)
@trials_option
@rungs_options
@program_options
@some_sweeping_options("jobs", "seed", "name", "results", "storage", "sampler", "pruner")
@some_sweeping_options("cluster", "engine", "address", "cpus-per-trial", "gpus-per-trial")
@some_sweeping_options("evaluate-every", "constraint", "param")
@json_option
def check(
    study: str | None,
    fixed: tuple[dict[str, Any], ...],
    rungs: int | None,
    reduction_factor: int | None,
    brackets: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Find what is wrong with a study, and what a sweep would cost.

    STUDY is what `sweep run` takes: a study, a program or a tuning file. The check builds some
    trials, trains two of them for a few seconds each, and trains one of the two again. It writes
    only to a temporary folder.

    It reports where the seconds of a trial go, and how long the whole sweep takes; when
    evaluations happen, and whether a pruner or rungs can act on them; how much disk space the
    sweep needs; which params make no difference to the graph of a trial; and whether two
    trainings with the same seed give the same metrics. The exit code is 0 if a sweep can start.

    \b
    sweep check                                   the default study, studies/digits_mlp.py
    sweep check my_study.py --rungs 3 --trials 64
    sweep check mnist_conv --pruner median --jobs 4
    sweep check trainer/task.py --vary learning-rate=1e-4..1e-1:log --metric accuracy \\
        -- --train-files data.csv --job-dir {model_dir}
    """
    scheduler = make_rungs(rungs, reduction_factor, brackets)
    declared = AskedProgram.of(options).declared(study)
    asked = load(declared or study or DEFAULT_STUDY, fixed, scheduler=scheduler, **options)

    from rich.console import Console

    from sweep.cli.screen.checked import render
    from sweep.flow.checking.check import check_study

    console = Console(highlight=False, width=terminal_width() or WIDTH_OF_A_FILE)
    status = console.status("")
    waiting = Waiting(f"Building a first trial of {asked.loaded.name}")

    def progress(what: str) -> None:
        waiting.clear()
        status.update(what)
        status.start()  # not earlier: its thread must not run while processes are forked

    try:
        checked = check_study(asked.loaded, asked.settings, progress)
    finally:
        waiting.clear()
        status.stop()
    if as_json:
        click.echo(json.dumps(asdict(checked), indent=1, default=str))
    else:
        with console.capture() as captured:
            console.print(render(checked))
        click.echo("\n".join(map(str.rstrip, captured.get().splitlines())))
