"""Running a sweep from a command: from the study file to the exit code."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from sweep.cli.options.program import DeclaredStudy
from sweep.cli.screen.lasting import outlive_the_screen
from sweep.cli.screen.loading import load
from sweep.cli.screen.waiting import Waiting
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
    """Sweeps with the given options, shows the sweep, and exits with its exit code.

    A declared study supplies the options that are not given.

    Args:
        study: the study.
        fixed: params to hold at one value.
        as_json: whether to print the result of a confirmation as JSON, and everything else on the
            standard error.
        listeners: listeners besides the screen, as `make_listener` takes them.
        on_end: a command that gets the outcome of the sweep as JSON.
        **options: those of `sweep.flow.options.Options`.
    """
    outlive_the_screen()
    hearing = _listeners(listeners)
    asked = load(study, fixed, **options)
    settings = asked.settings
    with importing():
        # Imported here: no other command needs the live view.
        from sqlalchemy.engine import make_url

        from sweep.cli.screen.conclusion import conclude_asked
        from sweep.cli.screen.ending import tell_end
        from sweep.cli.screen.fault import faults_kept_in
        from sweep.cli.screen.live import LineView, view_for
        from sweep.flow.launch import sweep_study
        from sweep.listeners.audience import Audience

    gc.freeze()  # the collector would otherwise look through all imported modules at the end
    # A live view would draw over a debugger.
    plain = settings.inline or as_json
    waiting = Waiting(f"Building a first trial of {asked.loaded.name}")
    view = LineView(as_json, waiting) if plain else view_for(waiting)
    try:
        with (
            faults_kept_in(asked.paths.folder, make_url(settings.storage_url).password),
            Audience(view, *hearing) as audience,
        ):
            sweep_study(asked.loaded, settings, audience)
    finally:
        error = sys.exception()
        view.stop()
        typed = study if isinstance(study, str) else None
        has_outcome = view.score is not None and conclude_asked(
            view.score, asked, typed, as_json=as_json
        )
        if on_end is not None and view.score is not None:
            exit_code = int(not has_outcome) if error is None else getattr(error, "exit_code", 1)
            tell_end(on_end, view.score, exit_code)
    if not has_outcome:
        raise SystemExit(1)


def _listeners(texts: tuple[str, ...]) -> list[RunPerTrial]:
    """The named listeners, made before anything slow starts; without names, nothing is imported."""
    if not texts:
        return []
    from sweep.listeners.choice import make_listener

    return [make_listener(text) for text in texts]
