"""A trained trial, with everything to build it again: the study file, its params and its seed.

Its trained weights are in its model_dir. Nothing here trains or evaluates.
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
    """Where a study and its trials are, by the options of `sweep run`."""

    name: str | None = None
    """The study's name; None takes the name of the study file."""
    results: Path = RESULTS
    storage: str | None = None
    """The URL of the database; None is studies.db in the results folder."""

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.storage or storage_url(self.results)

    def anchored(self) -> StudyLocation:
        """The same with absolute paths, which stay valid if a study changes the directory."""
        storage = self.storage and anchored(self.storage)
        return replace(self, results=self.results.absolute(), storage=storage)


@dataclass(frozen=True)
class TrainedTrial:
    """A finished trial with everything to build it again."""

    study: LoadedStudy
    location: StudyLocation
    frozen: FrozenTrial
    """The trial in the database."""
    params: dict[str, Any]
    """The params that `build` got."""
    seed: int
    paths: TrialFolder
    study_file_has_changed: bool
    """Whether the study file has changed since the trial was trained."""

    @property
    def study_name(self) -> str:
        """The name of the study in the database."""
        return self.location.name or self.study.name

    def build(self, paths: TrialFolder | None = None) -> TrialSpec:
        """Builds the trial like its attempts, with its own model_dir or the one of `paths`."""
        from sweep.trial.attempt import build  # imported here, because it imports TensorFlow

        model_dir = (paths or self.paths).model_dir
        with self.in_doubt_of_the_study_file():
            return build(
                self.study.spec, self.params, self.seed, model_dir, number=self.frozen.number
            )

    @contextmanager
    def in_doubt_of_the_study_file(self) -> Iterator[None]:
        """Explains errors by the change of the study file, if it has changed.

        Raises:
            StudyError: an error was raised, and the study file has changed.
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
                f"its model no longer fits the checkpoint: {_first_line(error)}"
            ) from error

    @contextmanager
    def asked_for_predictions(self) -> Iterator[None]:
        """Explains errors of a model in the mode PREDICT, in which no sweep has built it.

        Raises:
            StudyError: an error was raised.
        """
        try:
            with self.in_doubt_of_the_study_file():
                yield
        except (SweepError, OSError):
            raise
        except Exception as error:
            # Imported here: nothing else here has to explain an error.
            from sweep.trial.explanation import with_place

            raise StudyError(
                f"The model of trial {self.frozen.number} fails in the mode PREDICT, in which no "
                f"sweep has built it, with {with_place(error)}. There are no labels in this mode: "
                "a model_fn returns tf.estimator.EstimatorSpec(mode, predictions=…) before it "
                "computes the loss."
            ) from error

    def checkpoint(self) -> str:
        """The last checkpoint of the trial.

        Raises:
            StorageError: the disk has none.
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
            f"{self.study.file} has changed since trial {self.frozen.number} was trained, so it "
            "may now build another model."
        )

    def _remedy(self) -> str:
        """What to do about a trial without a checkpoint."""
        if is_paused(self.frozen):
            return (
                "the checkpoint of a paused trial is deleted when the trial that continues it has "
                "its own: name that trial."
            )
        if is_continuation(self.frozen):
            return (
                "train all legs of its training again with `sweep replay`, which takes --trial and "
                "--of."
            )
        return (
            "to train it again there from its params and seed, run "
            f"`sweep.estimator.train_and_evaluate(*{self._call()})` in Python."
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
