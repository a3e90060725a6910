"""A trial that has been trained, built again from the study file, its params and its seed.

What it was trained to lies in its model_dir. Nothing here trains or measures.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import optuna
from optuna.trial import FixedTrial, FrozenTrial, TrialState
from sqlalchemy.engine import make_url

from sweep import attrs
from sweep.errors import StorageError, StudyError, SweepError, UsageError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import RESULTS, StudyFolder, TrialFolder
from sweep.schedule.base import is_continuation, is_paused
from sweep.search.front import Front
from sweep.search.space import suggest
from sweep.storage.database import open_existing, open_for_reading
from sweep.storage.reading import summarize_study
from sweep.storage.url import storage_url
from sweep.study.loader import LoadedStudy, take_study
from sweep.study.spec import StudySpec

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Whereabouts:
    """Where the trials of a study are kept, as `sweep run` was told."""

    name: str | None = None
    """The study's name; None takes the study file's."""
    results: Path = RESULTS
    storage: str | None = None
    """The database's URL; None is studies.db in the results folder."""


@dataclass(frozen=True)
class TrainedTrial:
    """A finished trial with what builds it again."""

    study: LoadedStudy
    where: Whereabouts
    frozen: FrozenTrial
    """The trial as the study in the database has it."""
    params: dict[str, Any]
    """What `build` was given."""
    seed: int
    paths: TrialFolder
    study_file_has_changed: bool
    """Whether the study file is another than the one that the trial was trained with."""

    @property
    def study_name(self) -> str:
        """The study's name in the database."""
        return self.where.name or self.study.name

    def build(self, paths: TrialFolder | None = None) -> TrialSpec:
        """Builds the trial as its attempts did, with its own model_dir or that of `paths`."""
        from sweep.trial.attempt import build  # here, for it imports TensorFlow

        model_dir = (paths or self.paths).model_dir
        with self.in_doubt_of_the_study_file():
            return build(self.study.spec, self.params, self.seed, model_dir)

    @contextmanager
    def in_doubt_of_the_study_file(self) -> Iterator[None]:
        """Blames what is raised on the study file, if that is another than it was.

        Raises:
            StudyError: something was raised, and the study file has changed.
        """
        try:
            yield
        except SweepError:
            raise
        except Exception as error:
            if not self.study_file_has_changed:
                raise
            raise StudyError(
                f"{self.study.file} has changed since trial {self.frozen.number} was trained, and "
                f"no longer builds a model that its checkpoint fits: {_one_line(error)}"
            ) from error

    def checkpoint(self) -> str:
        """The checkpoint that the trial has ended with.

        Raises:
            StorageError: the disk does not hold one.
        """
        import tensorflow as tf

        found: str | None = tf.train.latest_checkpoint(str(self.paths.model_dir))
        if found is None:
            raise StorageError(
                f"There is no checkpoint of trial {self.frozen.number} in {self.paths.model_dir}: "
                f"{self._remedy()}"
            )
        return found

    def warning(self) -> str | None:
        """What a person should know before the trial is used, in a sentence."""
        if not self.study_file_has_changed:
            return None
        return (
            f"{self.study.file} has changed since trial {self.frozen.number} was trained: what it "
            "builds now may not be the model that was trained."
        )

    def _remedy(self) -> str:
        """What a person may do whose trial has no checkpoint."""
        if is_paused(self.frozen):
            return (
                "that of a paused trial goes as soon as a trial that continues it has its own: "
                "name that one."
            )
        if is_continuation(self.frozen):
            return (
                "`sweep replay` trains again what the trial went through, from the beginning; it "
                "takes --trial and --of."
            )
        return (
            "to train it there again from its params and seed, run from Python "
            f"`sweep.estimator.train_and_evaluate(*{self._call()})`."
        )

    def _call(self) -> str:
        """The call of `load_trial_spec` for this trial."""
        storage = self.where.storage and make_url(self.where.storage).render_as_string()
        where = replace(self.where, storage=storage)  # without its password
        options = [
            f", {name}={str(value)!r}"
            for name, value in asdict(where).items()
            if value != getattr(Whereabouts(), name)
        ]
        study = str(self.study.file or self.study.name)
        return f"sweep.load_trial_spec({study!r}, {self.frozen.number}{''.join(options)})"


def load_estimator(
    study: StudySpec | str | Path,
    trial: int | None = None,
    *,
    name: str | None = None,
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> tf.estimator.Estimator:
    """The Estimator of a finished trial, ready to predict, to evaluate and to export.

    A study file that has changed since the trial was trained is warned of.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        trial: the trial's number; None is the best.
        name: the study's name, where it is not the file's.
        results: the results folder that the study lies in.
        storage: the database's URL, where it is not studies.db in the results folder.

    Raises:
        SweepError: there is no such study or trial, or its model_dir holds no checkpoint any more;
            the message then says how to train it again.
    """
    found = _find(study, trial, Whereabouts(name, Path(results), storage))
    found.checkpoint()
    return found.build().estimator


def load_trial_spec(
    study: StudySpec | str | Path,
    trial: int | None = None,
    *,
    name: str | None = None,
    results: str | Path = RESULTS,
    storage: str | None = None,
) -> TrialSpec:
    """The TrialSpec of a finished trial, as its `build` returned it.

    `sweep.estimator.train_and_evaluate(*trial_spec)` goes on from the checkpoint in the trial's
    model_dir; where there is none, it trains the trial again from its params and seed. Python's
    and NumPy's random numbers are seeded, as they are for an attempt.

    Args and Raises: those of `load_estimator`, which wants a checkpoint where this does not.
    """
    return _find(study, trial, Whereabouts(name, Path(results), storage)).build()


def _find(study: StudySpec | str | Path, number: int | None, where: Whereabouts) -> TrainedTrial:
    found = find_trained(take_study(study), number, where)
    warning = found.warning()
    if warning is not None:
        warnings.warn(warning, stacklevel=3)
    return found


def find_trained(study: LoadedStudy, number: int | None, where: Whereabouts) -> TrainedTrial:
    """Finds a trial and what it was built from.

    Args:
        study: the study, loaded from its file.
        number: the trial's; None is the best.
        where: where its trials are kept.

    Raises:
        StorageError: there is no such study or trial, it has not ended, or the folder is
            another's.
        UsageError: there are several best trials.
    """
    paths = StudyFolder(where.results, where.name or study.name)
    frozen = _read_trial(where.storage or storage_url(where.results), paths.name, number)
    if attrs.TAKEN_FROM in frozen.user_attrs:
        raise StorageError(
            f"Trial {frozen.number} of {paths.name!r} was taken along from "
            f"{frozen.user_attrs[attrs.TAKEN_FROM]}, where its model is: name that study and trial."
        )
    if attrs.SEED not in frozen.user_attrs:
        raise StorageError(
            f"Trial {frozen.number} of {paths.name!r} was added by another program than sweep, so "
            "it has no model."
        )
    trial_paths = paths.trial(frozen.number)
    recorded = _read_params(trial_paths)
    seed = frozen.user_attrs[attrs.SEED]
    if recorded is not None and recorded["seed"] != seed:
        raise StorageError(
            f"{trial_paths.folder} is not the folder of trial {frozen.number} in this database: "
            "name the right results folder and storage."
        )
    has_changed = recorded is not None and recorded["study_file_sha256"] != study.sha256
    if recorded is not None and has_changed:
        params = recorded["params"]
    else:
        # Not the recorded ones, for JSON cannot hold all that a search space may return.
        params = _suggested_again(study.spec, frozen)
    return TrainedTrial(study, where, frozen, params, seed, trial_paths, has_changed)


def best_of(study: optuna.Study) -> list[FrozenTrial]:
    """The best trial, the first among equals, or the Pareto front by several metrics."""
    front: Front[FrozenTrial] = Front([direction.name.lower() for direction in study.directions])
    for trial in study.get_trials(states=(TrialState.COMPLETE,)):
        front.add(trial, trial.values)
    return front.members


def _read_trial(url: str, name: str, number: int | None) -> FrozenTrial:
    summarize_study(open_for_reading(url), name)  # says in a sentence that there is no such study
    study = optuna.load_study(study_name=name, storage=open_existing(url))
    if number is None:
        return _only_best(study)
    trials = {trial.number: trial for trial in study.get_trials()}
    if number not in trials:
        raise StorageError(
            f"Study {name!r} has no trial {number}, for it has {len(trials)} trials."
        )
    if not trials[number].state.is_finished():
        raise StorageError(
            f"Trial {number} of {name!r} is {trials[number].state.name}: wait until it has ended, "
            "or name another."
        )
    return trials[number]


def _only_best(study: optuna.Study) -> FrozenTrial:
    best = best_of(study)
    if not best:
        raise StorageError(f"No trial of {study.study_name!r} is complete yet.")
    if len(best) > 1:
        numbers = ", ".join(str(trial.number) for trial in best)
        raise UsageError(
            f"Study {study.study_name!r} has several best trials, {numbers}: say which one."
        )
    return best[0]


def _suggested_again(spec: StudySpec, frozen: FrozenTrial) -> dict[str, Any]:
    return suggest(
        spec.search_space, cast("optuna.Trial", FixedTrial(frozen.params, frozen.number))
    )


def _read_params(paths: TrialFolder) -> dict[str, Any] | None:
    if not paths.params.is_file():
        return None
    content: dict[str, Any] = json.loads(paths.params.read_text(encoding="utf-8"))
    return content


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
