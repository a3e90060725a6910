"""A trial that has been trained, with what builds it again: the study file, its params, its seed.

What it was trained to lies in its model_dir. Nothing here trains or measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial
from sqlalchemy.engine import make_url

from sweep.errors import StorageError, StudyError, SweepError
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import RESULTS, TrialFolder
from sweep.folder.mirror import results_address
from sweep.schedule.base import is_continuation, is_paused
from sweep.storage.url import anchored, storage_url
from sweep.study.loader import LoadedStudy


@dataclass(frozen=True)
class StudyLocation:
    """Where a study and its trials lie, as `sweep run` was told."""

    name: str | None = None
    """The study's name; None takes the study file's."""
    results: Path = RESULTS
    storage: str | None = None
    """The database's URL; None is studies.db in the results folder."""

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.storage or storage_url(self.results)

    def anchored(self) -> StudyLocation:
        """The same by absolute paths, which a study that changes the working directory leaves."""
        storage = self.storage and anchored(self.storage)
        return replace(self, results=self.results.absolute(), storage=storage)


@dataclass(frozen=True)
class TrainedTrial:
    """A finished trial with what builds it again."""

    study: LoadedStudy
    location: StudyLocation
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
        return self.location.name or self.study.name

    def build(self, paths: TrialFolder | None = None) -> TrialSpec:
        """Builds the trial as its attempts did, with its own model_dir or that of `paths`."""
        from sweep.trial.attempt import build  # here, for it imports TensorFlow

        model_dir = (paths or self.paths).model_dir
        with self.in_doubt_of_the_study_file():
            return build(
                self.study.spec, self.params, self.seed, model_dir, number=self.frozen.number
            )

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
                f"no longer builds a model that its checkpoint fits: {_first_line(error)}"
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
                f"There is no checkpoint of trial {self.frozen.number} in {self.paths.address}: "
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
        storage = self.location.storage and make_url(self.location.storage).render_as_string()
        location = replace(self.location, storage=storage)  # without its password
        shown = asdict(location) | {"results": results_address(location.results)}
        options = [
            f", {name}={str(value)!r}"
            for name, value in shown.items()
            if value not in (None, str(getattr(StudyLocation().anchored(), name)))
        ]
        study = str(self.study.file or self.study.name)
        return f"sweep.load_trial_spec({study!r}, {self.frozen.number}{''.join(options)})"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
