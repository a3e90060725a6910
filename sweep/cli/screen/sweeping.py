"""A sweep as a command shows it: from the study file to the exit code."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.cli.options.program import DeclaredStudy
from sweep.cli.screen.lasting import outlive_the_screen
from sweep.cli.screen.loading import load
from sweep.cli.screen.waiting import Waiting
from sweep.folder.layout import StudyFolder
from sweep.importing import importing

if TYPE_CHECKING:
    from sweep.listeners.run_per_trial import RunPerTrial


def sweep(
    study: str | DeclaredStudy,
    fixed: tuple[dict[str, Any], ...] = (),
    *,
    as_json: bool = False,
    listeners: tuple[str, ...] = (),
    on_end: str | None = None,
    **options: Any,
) -> None:
    """Sweeps as the options say, shows it, and ends with the exit code that it deserves.

    What a declared study says itself of how it is swept counts where the options say nothing.

    Args:
        study: the study.
        fixed: params that are held at one value.
        as_json: whether what a confirmation has come to is printed as JSON, and the rest on the
            standard error.
        listeners: who hears of the sweep besides the screen, as `make_listener` takes them.
        on_end: a command that gets what the sweep has come to as JSON.
        **options: those of `sweep.flow.options.Options`.
    """
    outlive_the_screen()
    hearing = _listeners(listeners)
    asked = load(study, fixed, **options)
    settings = asked.settings
    with importing():
        # Imported here: no other command needs the live view.
        from sqlalchemy.engine import make_url

        from sweep.cli.screen.conclusion import conclude, conclude_confirmation
        from sweep.cli.screen.ending import tell_end
        from sweep.cli.screen.fault import faults_kept_in
        from sweep.cli.screen.live import LineView, view_for
        from sweep.flow.launch import sweep_study
        from sweep.listeners.audience import Audience

    gc.freeze()  # all that is imported, which the collector would look through at the end too
    # What draws over the screen would be in the way of a debugger.
    plain = settings.inline or as_json
    waiting = Waiting(f"Building a first trial of {asked.loaded.name}")
    view = LineView(as_json, waiting) if plain else view_for(waiting)
    paths = StudyFolder(Path(settings.results), settings.name or asked.loaded.name)
    try:
        with (
            faults_kept_in(paths.folder, make_url(settings.storage_url).password),
            Audience(view, *hearing) as audience,
        ):
            sweep_study(asked.loaded, settings, audience)
    finally:
        error = sys.exception()
        view.stop()
        has_outcome = False
        if view.score is not None and settings.confirmation is not None:
            has_outcome = conclude_confirmation(paths.name, settings, asked.typed, as_json=as_json)
        elif view.score is not None:
            conclude(view.score, asked.typed, study if isinstance(study, str) else None)
            has_outcome = bool(view.score.best)
        if on_end is not None and view.score is not None:
            exit_code = int(not has_outcome) if error is None else getattr(error, "exit_code", 1)
            tell_end(on_end, view.score, exit_code)
    if not has_outcome:
        raise SystemExit(1)


def _listeners(texts: tuple[str, ...]) -> list[RunPerTrial]:
    """Those that are named, before anything that takes long; without any, nothing is imported."""
    if not texts:
        return []
    from sweep.listeners.choice import make_listener

    return [make_listener(text) for text in texts]
