"""Loading the study that a command sweeps, while the screen says so."""

from __future__ import annotations

import importlib
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli.options.location import STORAGE
from sweep.cli.options.program import DeclaredStudy
from sweep.cli.screen.waiting import Waiting
from sweep.errors import SweepError, UsageError
from sweep.folder.layout import StudyFolder
from sweep.importing import importing

if TYPE_CHECKING:
    from sweep.flow.options import Options
    from sweep.study.loader import LoadedStudy
    from sweep.study.spec import StudySpec


_LISTS_AS_CHOICES = "Choices for a categorical distribution should be a tuple of"
"""Optuna's warning about choices that are lists, which a sweep can record and recognize."""


@dataclass(frozen=True)
class AskedSweep:
    """A sweep that a command asks for."""

    loaded: LoadedStudy
    typed: Options
    """The options as typed."""
    settings: Options
    """The same options with absolute paths."""
    paths: StudyFolder


def load(
    study: str | DeclaredStudy, fixed: tuple[dict[str, Any], ...], **options: Any
) -> AskedSweep:
    """Loads a study to sweep it with these options.

    A declared study supplies the options that are not given.

    Raises:
        SweepError: there is no such study, or it cannot be swept with these options.
    """
    with importing(), Waiting("Starting") as waiting:
        # Imported here: no other command needs Optuna and the engine.
        import optuna

        from sweep.engine.choice import connect_ahead
        from sweep.flow.options import Options
        from sweep.search.pruners import pruner_kind
        from sweep.storage.known_program import find_known

        os.environ.pop(STORAGE, None)  # trials do not need it
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.filterwarnings("ignore", _LISTS_AS_CHOICES)
        params = {name: value for given in fixed for name, value in given.items()}
        if isinstance(study, DeclaredStudy):
            said = {name: value for name, value in study.options.items() if not options.get(name)}
            options |= said
        typed = Options(fixed=params, **options)
        settings = typed.anchored()  # before the study can change the working directory
        pruner_kind(settings.pruner)  # before TensorFlow is loaded, which takes seconds
        connect_ahead(settings.ray_cluster)
        known = find_known(_named(study), settings.name, settings.url_to_read)
        typed, settings = (replace(each, name=known.name) for each in (typed, settings))
        waiting.clear()
        loaded = _load(study, known.study)
        return AskedSweep(loaded, typed, settings, _paths(settings, loaded.name))


def _paths(settings: Options, name: str) -> StudyFolder:
    try:
        return StudyFolder(Path(settings.results), settings.name or name)
    except UsageError as error:
        if settings.name is not None:
            raise
        raise UsageError(f"{error} Give it another name with --name.") from None


def _named(study: str | DeclaredStudy) -> str | StudySpec:
    return study if isinstance(study, str) else study.spec


def _load(study: str | DeclaredStudy, known: StudySpec | Path) -> LoadedStudy:
    """Loads the study; what it and TensorFlow print meanwhile goes to the study's folder."""
    from rich.console import Console

    from sweep.cli.screen.stderr import captured_stderr
    from sweep.estimator import restore
    from sweep.study.loader import take_study

    shown = known if isinstance(known, Path) else known.where
    with Console().status(f"Loading TensorFlow and {shown}"):
        with captured_stderr():
            restore()
            importlib.import_module("tensorflow")  # on 2.15, `restore` does not import it
        try:
            with captured_stderr() as captured:
                loaded = take_study(known)
        except SweepError:
            click.echo(captured[0], err=True, nl=False)
            raise
    notices = () if isinstance(study, str) else study.notices
    return replace(loaded, output=captured[0], notices=(*notices, *loaded.notices))
