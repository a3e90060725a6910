"""Training the best trials of a study further, each in a trial that continues it."""

from __future__ import annotations

from dataclasses import dataclass

from optuna.trial import TrialState

from sweep import attrs
from sweep.errors import UsageError
from sweep.folder.layout import StudyFolder
from sweep.schedule.base import configuration, continuation, is_repeat
from sweep.schedule.objective import Objective
from sweep.schedule.repeats import as_configurations
from sweep.storage.study import AskedStudy


@dataclass(frozen=True)
class Extension:
    """Which trials are trained further, and how far.

    Raises:
        UsageError: that is none of them, or no step.
    """

    top: int
    """This many of the best."""
    max_steps: int
    """To this global_step."""

    def __post_init__(self) -> None:
        if self.top < 1 or self.max_steps < 1:
            raise UsageError(
                "An extension trains at least 1 of the best to at least step 1, but got "
                f"top={self.top} and max_steps={self.max_steps}."
            )


def extend(
    study: AskedStudy, extension: Extension, objective: Objective, paths: StudyFolder
) -> None:
    """Enqueues what continues the best trials; done again it changes nothing.

    Raises:
        UsageError: no trial that was trained in this study is complete, or all of the best have
            come as far already, or were trained on to there by trials that have ended, or the disk
            no longer holds a checkpoint of one.
    """
    trials = study.get_trials(deepcopy=False)
    complete = [
        trial
        for trial in as_configurations(trials, study.repeats)
        if trial.state is TrialState.COMPLETE and attrs.TAKEN_FROM not in trial.user_attrs
    ]
    if not complete:
        raise UsageError(
            f"Study {study.study_name!r} has no complete trial of its own to train further."
        )
    best = {configuration(trial): trial for trial in reversed(objective.best_first(complete))}
    chosen = objective.best_first(best.values())[: extension.top]
    begun = {
        configuration(trial): trial
        for trial in trials
        if not is_repeat(trial)
        and trial.user_attrs.get(attrs.MAX_STEPS, 0) >= extension.max_steps
        and trial.state is not TrialState.FAIL
    }
    short = [t for t in chosen if t.user_attrs[attrs.GLOBAL_STEP] < extension.max_steps]
    if not short:
        raise UsageError(
            f"The best of study {study.study_name!r} have trained for {extension.max_steps} steps "
            "already: give a larger --max-steps."
        )
    known = [begun[configuration(trial)] for trial in short if configuration(trial) in begun]
    if len(known) == len(short) and all(trial.state.is_finished() for trial in known):
        listed = ", ".join(f"{trial.number} ({trial.state.name})" for trial in known)
        raise UsageError(
            f"The best of study {study.study_name!r} were trained on before, in trial {listed}: "
            "give a larger --max-steps or --top."
        )
    new = [trial for trial in short if configuration(trial) not in begun]
    for number in (trial.number for trial in new):
        if not (folder := paths.trial(number)).has_checkpoint:
            raise UsageError(
                f"Trial {number} of study {study.study_name!r} is among the best, but its "
                f"checkpoint is gone from {folder.model_dir}: give a smaller --top, or train it "
                "again with `sweep replay`."
            )
    for trial in new:
        further = continuation(trial, trial.params, **{attrs.MAX_STEPS: extension.max_steps})
        study.enqueue_trial(dict(further.params), user_attrs=dict(further.attrs))
