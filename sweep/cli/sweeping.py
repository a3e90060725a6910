"""What commands that sweep share: their options, and the sweep from a study file to its end."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.place import results_option, storage_option
from sweep.cli.secret import STORAGE
from sweep.cli.values import Duration, Params, Size
from sweep.errors import SweepError
from sweep.flow.options import Options
from sweep.folder.layout import StudyFolder
from sweep.importing import importing
from sweep.search.pruners import DEFAULT_PRUNER, PRUNERS
from sweep.search.samplers import DEFAULT_SAMPLER, SAMPLERS

if TYPE_CHECKING:
    from sweep.events import Listener
    from sweep.study.loader import LoadedStudy


_OPTIONS = (
    click.option(
        "--jobs",
        "n_jobs",
        type=click.IntRange(min=1),
        help="Trials at a time; they share the cores equally. "
        "[default: one for each GPU, or for each core where there is no GPU]",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        help="Seeds the sampler and every trial; the study keeps it. With --jobs 1 the same seed "
        "gives the same trials. [default: drawn at random]",
    ),
    click.option("--name", help="The study's name. [default: the file's]"),
    results_option,
    storage_option,
    click.option(
        "--sampler",
        type=click.Choice(list(SAMPLERS)),
        help=f"How params are sampled. [default: the study file's, or {DEFAULT_SAMPLER}]",
    ),
    click.option(
        "--pruner",
        metavar="NAME[:OPTION=VALUE,…]",
        help=f"Which trials are ended early: {', '.join(PRUNERS)}, with Optuna's options, as in "
        f"percentile:percentile=25. [default: the study file's, or {DEFAULT_PRUNER}]",
    ),
    click.option(
        "--evaluate-every",
        type=click.IntRange(min=1),
        metavar="STEPS",
        help="Save a checkpoint and evaluate every so many steps, unless the study's build says "
        "otherwise. [default: as the study says; with a pruner ten times a trial]",
    ),
    click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=2,
        show_default=True,
        help="More attempts for a trial whose process is lost: killed, crashed, stalled or out of "
        "memory. Each goes on from the trial's last checkpoint.",
    ),
    click.option(
        "--keep",
        type=click.IntRange(min=1),
        help="Keep the checkpoints of this many of the best trials only, while the sweep runs, as "
        "`sweep clean --keep` does after it. [default: of all]",
    ),
    click.option("--timeout", type=Duration(), help="Begin no trial after this time."),
    click.option(
        "--trial-timeout", type=Duration(), help="End an attempt at a trial that runs for longer."
    ),
    click.option(
        "--stall-timeout",
        type=Duration(),
        help="End an attempt whose global_step stands still for longer. Building the model and an "
        "evaluation count too.",
    ),
    click.option(
        "--memory-limit",
        type=Size(),
        help="End an attempt that uses more memory, with all that it starts.",
    ),
    click.option(
        "--from",
        "begin_with",
        metavar="STUDY",
        help="Begin a new study (see --name) with the ended trials of this one, where they fit the "
        "search space and the metrics. They count as trials of the new study.",
    ),
    click.option(
        "--param",
        "fixed",
        type=Params(),
        multiple=True,
        help="Params held at one value in all trials of this run.",
    ),
    click.option(
        "--enqueue",
        type=Params(),
        multiple=True,
        help="Params to try first; what they leave out is sampled. Give it again for another "
        "trial.",
    ),
)


def sweeping_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every sweeping command has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def sweep(study: str, fixed: tuple[dict[str, Any], ...], keep: int | None, **options: Any) -> None:
    """Sweeps as the options say, shows it, and ends with the exit code that it deserves."""
    with importing():
        # Imported here: no other command needs Optuna, the engine and the live view.
        import optuna
        from rich.console import Console
        from sqlalchemy.engine import make_url

        from sweep.cli.ending import conclude
        from sweep.cli.fault import faults_kept_in
        from sweep.cli.live import view_for
        from sweep.flow.launch import sweep_study
        from sweep.results.cleaning import KeepBest, Rules
        from sweep.search.pruners import make_pruner

        os.environ.pop(STORAGE, None)  # which no trial has any use for
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        params = {name: value for given in fixed for name, value in given.items()}
        settings = Options(fixed=params, **options)
        make_pruner(settings.pruner, 1)
        loaded = _load(study)
    gc.freeze()  # all that is imported, which the collector would look through at the end too
    view = view_for(Console(highlight=False))
    paths = StudyFolder(Path(settings.results), settings.name or loaded.name)
    listener: Listener = view
    if keep is not None:
        listener = KeepBest(view, settings.storage_url, paths, Rules(keep))
    try:
        with faults_kept_in(paths.folder, make_url(settings.storage_url).password):
            sweep_study(loaded, settings, listener)
    finally:
        view.stop()
        if view.score is not None:
            conclude(view.score, settings)
    if view.score is None or not view.score.best:
        raise SystemExit(1)


def _load(study: str) -> LoadedStudy:
    """Loads the study; what it and TensorFlow print on the way goes to the study's folder."""
    from rich.console import Console

    from sweep.cli.noise import captured_stderr
    from sweep.estimator import restore
    from sweep.study.files import find_study
    from sweep.study.loader import load_study

    file = find_study(study)
    with Console().status(f"Loading TensorFlow and {file}"):
        with captured_stderr():
            restore()
            importlib.import_module("tensorflow")  # which `restore` leaves alone on 2.15
        try:
            with captured_stderr() as captured:
                loaded = load_study(file)
        except SweepError:
            click.echo(captured[0], err=True, nl=False)
            raise
    return replace(loaded, output=captured[0])
