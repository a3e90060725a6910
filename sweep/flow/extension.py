"""Training the best trials of a study further, in new trials that continue them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import continuation, is_repeat
from sweep.schedule.objective import Objective
from sweep.schedule.repeats import as_configurations
from sweep.storage.study import AskedStudy


@dataclass(frozen=True)
class Extension:
    """Which trials to train further, and how far.

    Raises:
        UsageError: `top` or `max_steps` is less than 1.
    """

    top: int
    """How many of the best trials to train further."""
    max_steps: int
    """The global_step to train them to."""

    def __post_init__(self) -> None:
        if self.top < 1 or self.max_steps < 1:
            raise UsageError(
                f"An extension got top={self.top} and max_steps={self.max_steps}, but both must be "
                "at least 1."
            )


def extend(
    study: AskedStudy, extension: Extension, objective: Objective, paths: StudyFolder
) -> None:
    """Enqueues trials that continue the best trials; a second call changes nothing.

    Raises:
        UsageError: no trial that was trained in this study is complete; or all of the best have
            already trained that far, or were continued to there by trials that have ended; or the
            checkpoint of one of them is gone from the disk.
    """
    trials = study.get_trials(deepcopy=False)
    complete = [
        trial
        for trial in as_configurations(trials, study.repeats)
        if trial.state is TrialState.COMPLETE and attrs.TAKEN_FROM not in trial.user_attrs
    ]
    if not complete:
        raise UsageError(
            f"Study {study.study_name!r} has no complete trial of its own to train further: sweep "
            "it first."
        )
    lines = _lines(trials)
    best = {lines[trial.number]: trial for trial in reversed(objective.best_first(complete))}
    chosen = objective.best_first(best.values())[: extension.top]
    started = {
        lines[trial.number]: trial
        for trial in trials
        if not is_repeat(trial)
        and trial.user_attrs.get(attrs.MAX_STEPS, 0) >= extension.max_steps
        and trial.state is not TrialState.FAIL
    }
    short = [t for t in chosen if t.user_attrs[attrs.GLOBAL_STEP] < extension.max_steps]
    if not short:
        raise UsageError(
            f"The best trials of study {study.study_name!r} have already trained for "
            f"{extension.max_steps} steps: give a larger --max-steps."
        )
    known = [started[lines[trial.number]] for trial in short if lines[trial.number] in started]
    if len(known) == len(short) and all(trial.state.is_finished() for trial in known):
        listed = ", ".join(f"{trial.number} ({trial.state.name})" for trial in known)
        raise UsageError(
            f"The best trials of study {study.study_name!r} were already trained further, in trial "
            f"{listed}: give a larger --max-steps or --top."
        )
    new = [trial for trial in short if lines[trial.number] not in started]
    _refuse_gone(new, study.study_name, paths)
    for trial in new:
        further = continuation(trial, trial.params, **{attrs.MAX_STEPS: extension.max_steps})
        study.enqueue_trial(dict(further.params), user_attrs=dict(further.attrs))


def _refuse_gone(trials: Sequence[FrozenTrial], study: str, paths: StudyFolder) -> None:
    for number in (trial.number for trial in trials):
        if not (folder := paths.trial(number)).has_checkpoint:
            raise UsageError(
                f"Trial {number} of study {study!r} is among the best, but its checkpoint is gone "
                f"from {folder.model_dir}: give a smaller --top, or train it again with `sweep "
                "replay`."
            )


def _lines(trials: Sequence[FrozenTrial]) -> dict[int, int]:
    """For each trial, the complete trial that it continues in the end, or else the trial itself.

    Members of a population that share an ancestor do not share a line: the ancestor was paused.
    """
    complete = {trial.number for trial in trials if trial.state is TrialState.COMPLETE}
    lines: dict[int, int] = {}
    for trial in trials:  # a trial comes after the one that it continues
        source = trial.user_attrs.get(attrs.CONTINUES)
        lines[trial.number] = lines[source] if source in complete else trial.number
    return lines
