"""A sweep as a command shows it: from the study file to the exit code."""

from __future__ import annotations

import gc
import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.location import STORAGE
from sweep.cli.options.program import DeclaredStudy
from sweep.cli.screen.lasting import outlive_the_screen
from sweep.errors import SweepError
from sweep.flow.options import Options
from sweep.folder.layout import StudyFolder
from sweep.importing import importing

if TYPE_CHECKING:
    from sweep.study.loader import LoadedStudy
    from sweep.study.spec import StudySpec


def sweep(study: str | DeclaredStudy, fixed: tuple[dict[str, Any], ...], **options: Any) -> None:
    """Sweeps as the options say, shows it, and ends with the exit code that it deserves.

    What a declared study says itself of how it is swept counts where the options say nothing.
    """
    outlive_the_screen()
    with importing():
        # Imported here: no other command needs Optuna, the engine and the live view.
        import optuna
        from rich.console import Console
        from sqlalchemy.engine import make_url

        from sweep.cli.screen.conclusion import conclude
        from sweep.cli.screen.fault import faults_kept_in
        from sweep.cli.screen.live import LineView, view_for
        from sweep.flow.launch import sweep_study
        from sweep.search.pruners import pruner_kind
        from sweep.storage.known_program import find_known

        os.environ.pop(STORAGE, None)  # which no trial has any use for
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        params = {name: value for given in fixed for name, value in given.items()}
        if isinstance(study, DeclaredStudy):
            said = {name: value for name, value in study.options.items() if not options.get(name)}
            options |= said
        typed = Options(fixed=params, **options)
        settings = typed.anchored()  # before the study can change the working directory
        pruner_kind(settings.pruner)  # before TensorFlow is loaded, which takes seconds
        known = find_known(_named(study), settings.name, settings.storage_url)
        typed, settings = (replace(each, name=known.name) for each in (typed, settings))
        loaded = _load(study, known.study)
    gc.freeze()  # all that is imported, which the collector would look through at the end too
    # What draws over the screen would be in the way of a debugger.
    view = LineView() if settings.inline else view_for(Console(highlight=False))
    paths = StudyFolder(Path(settings.results), settings.name or loaded.name)
    try:
        with faults_kept_in(paths.folder, make_url(settings.storage_url).password):
            sweep_study(loaded, settings, view)
    finally:
        view.stop()
        if view.score is not None:
            conclude(view.score, typed)
    if view.score is None or not view.score.best:
        raise SystemExit(1)


def _named(study: str | DeclaredStudy) -> str | StudySpec:
    return study if isinstance(study, str) else study.spec


def _load(study: str | DeclaredStudy, known: StudySpec | Path) -> LoadedStudy:
    """Loads the study; what it and TensorFlow print on the way goes to the study's folder."""
    from rich.console import Console

    from sweep.cli.screen.stderr import captured_stderr
    from sweep.estimator import restore
    from sweep.study.loader import take_study

    shown = known if isinstance(known, Path) else known.where
    with Console().status(f"Loading TensorFlow and {shown}"):
        with captured_stderr():
            restore()
            importlib.import_module("tensorflow")  # which `restore` leaves alone on 2.15
        try:
            with captured_stderr() as captured:
                loaded = take_study(known)
        except SweepError:
            click.echo(captured[0], err=True, nl=False)
            raise
    notices = () if isinstance(study, str) else study.notices
    return replace(loaded, output=captured[0], notices=(*notices, *loaded.notices))
