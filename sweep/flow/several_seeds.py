"""How many seeds configurations are trained with, checked against the other options."""

from __future__ import annotations

from sweep.errors import UsageError
from sweep.flow.options import Options
from sweep.schedule.base import Scheduler
from sweep.schedule.kept import describe
from sweep.schedule.population import Population
from sweep.schedule.repeats import Repeats, kept_repeats
from sweep.schedule.replay import Replay
from sweep.storage.kept_study import KeptStudy
from sweep.study.spec import StudySpec


def find_repeats(
    options: Options, spec: StudySpec, kept: KeptStudy, scheduler: Scheduler
) -> Repeats:
    """The repeats from the options, or from earlier sweeps of the study, or from its file.

    Raises:
        UsageError: the number of seeds is not valid, or the scheduler varies params during a
            training.
    """
    known = kept_repeats(kept.attrs) if kept.n_trials else _declared(spec.repeats)
    repeats = known if options.repeats is None else _declared(options.repeats)
    if isinstance(scheduler, Population | Replay):
        what = "confirmed" if options.confirmation is not None else "trained with several seeds"
        if repeats.n > 1 or options.confirmation is not None:
            raise UsageError(
                f"With {describe(scheduler)}, params change while a model trains, so no "
                f"configuration can be {what}: use `sweep replay`, which trains the best schedule "
                "again."
            )
    return repeats


def check_confirmation(name: str, spec: StudySpec, options: Options, kept: KeptStudy) -> None:
    """Checks that the best trials of a study can be trained again.

    Raises:
        UsageError: the study has no trials, or params are given.
    """
    if options.enqueue or options.fixed or options.begin_with:
        raise UsageError(
            "A confirmation trains the best trials with their own params: leave --enqueue, --param "
            "and --from out."
        )
    if not kept.n_trials:
        raise UsageError(f"Study {name!r} has no trial to confirm: sweep it first.")


def _declared(repeats: int | Repeats) -> Repeats:
    return repeats if isinstance(repeats, Repeats) else Repeats(repeats)
