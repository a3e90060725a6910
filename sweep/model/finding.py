"""Finding a trained trial, by its number or the best one, in the database and in its folder."""

from __future__ import annotations

import json
from typing import Any, cast

import optuna
from optuna.trial import FixedTrial, FrozenTrial, TrialState

from sweep import attrs
from sweep.errors import StorageError, UsageError
from sweep.folder.fetch import fetch_model
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.model.trained import StudyLocation, TrainedTrial
from sweep.schedule.objective import is_feasible
from sweep.schedule.repeats import as_configurations, kept_repeats
from sweep.search.front import Front
from sweep.search.space import suggest
from sweep.storage.database import open_existing, open_for_reading
from sweep.storage.reading import summarize_study
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.wording import no_trial


def find_trained(study: LoadedStudy, number: int | None, location: StudyLocation) -> TrainedTrial:
    """Finds a trial and what it was built from.

    Args:
        study: the study, loaded from its file.
        number: the number of the trial; None is the best trial.
        location: where its trials are.

    Raises:
        StorageError: there is no such study or trial, the trial has not ended, or the folder
            belongs to another trial.
        UsageError: there are several best trials.
    """
    paths = StudyFolder(location.results, location.name or study.name)
    frozen = _read_trial(location.url, paths.name, number)
    if attrs.TAKEN_FROM in frozen.user_attrs:
        raise StorageError(
            f"Trial {frozen.number} of {paths.name!r} was copied from "
            f"{frozen.user_attrs[attrs.TAKEN_FROM]}, where its model is: name that study and trial."
        )
    if attrs.SEED not in frozen.user_attrs:
        raise StorageError(
            f"Trial {frozen.number} of {paths.name!r} has no model, because another program than "
            "sweep added it: name another trial."
        )
    trial_paths = paths.trial(frozen.number)
    fetch_model(trial_paths)
    recorded = _read_params(trial_paths)
    seed = frozen.user_attrs[attrs.SEED]
    if recorded is not None and recorded["seed"] != seed:
        raise StorageError(
            f"{trial_paths.folder} is not the folder of trial {frozen.number} in this database: "
            "give the right results folder and storage."
        )
    has_changed = recorded is not None and recorded["study_file_sha256"] != study.sha256
    if recorded is not None and has_changed:
        params = recorded["params"]
    else:
        # Not the recorded params, because JSON cannot hold everything that a search space returns.
        params = _suggested_again(study.spec, frozen)
    return TrainedTrial(study, location, frozen, params, seed, trial_paths, has_changed)


def _read_trial(url: str, name: str, number: int | None) -> FrozenTrial:
    summarize_study(open_for_reading(url), name)  # raises if there is no such study
    study = optuna.load_study(study_name=name, storage=open_existing(url))
    if number is None:
        return _only_best(study)
    trials = {trial.number: trial for trial in study.get_trials()}
    if number not in trials:
        raise StorageError(no_trial(name, [number], sorted(trials)))
    if not trials[number].state.is_finished():
        raise StorageError(
            f"Trial {number} of {name!r} is {trials[number].state.name}: wait until it has ended, "
            "or name another trial."
        )
    return trials[number]


def _only_best(study: optuna.Study) -> FrozenTrial:
    """The best trial, the first among equals; with several seeds, the configuration's own."""
    front: Front[FrozenTrial] = Front([direction.name.lower() for direction in study.directions])
    trials = study.get_trials(deepcopy=False)
    for trial in as_configurations(trials, kept_repeats(study.user_attrs)):
        if trial.state is TrialState.COMPLETE and is_feasible(trial):
            front.add(trial, trial.values)
    best = front.members
    if not best:
        kept = study.user_attrs.get(attrs.CONSTRAINTS)
        and_keeps = f" and keeps {' and '.join(kept)}" if kept else ""
        raise StorageError(f"No trial of {study.study_name!r} is complete{and_keeps} yet.")
    if len(best) > 1:
        numbers = ", ".join(str(trial.number) for trial in best)
        raise UsageError(
            f"Study {study.study_name!r} has several best trials, {numbers}: name one of them, or "
            "the metric that decides."
        )
    return study.trials[best[0].number]  # the recorded trial, with its own value


def _suggested_again(spec: StudySpec, frozen: FrozenTrial) -> dict[str, Any]:
    return suggest(
        spec.search_space, cast("optuna.Trial", FixedTrial(frozen.params, frozen.number))
    )


def _read_params(paths: TrialFolder) -> dict[str, Any] | None:
    if not paths.params.is_file():
        return None
    content: dict[str, Any] = json.loads(paths.params.read_text(encoding="utf-8"))
    return content
