"""The errors that a person can fix. Each message is one sentence: what, the value, what to do.

    SweepError
    ├── UsageError        an option or argument that cannot be used as given
    ├── TensorFlowError   no TensorFlow, or one outside the supported range
    ├── OptunaError       an Optuna outside the supported range
    ├── StudyError        a study file, or what it declares, that cannot be swept
    ├── StorageError      a database, study or trial that cannot be opened or found
    │   ├── NoStudiesError    there is no database, or none with studies
    │   ├── RemoteError       remote storage that cannot be used, at least for now
    │   └── TakenAwayError    the folder of a running sweep was moved, removed or replaced
    │       └── LostDatabaseError the same of its database, or of the study in it
    ├── BusyError         another process sweeps the study
    ├── FailingError      the first trials of a sweep all failed for the same reason
    ├── EngineError       a sweep lost the processes that it depends on
    ├── FaultError        an internal error of the tool; a file has its traceback
    └── Interrupted       a signal asked the sweep to stop, and it stopped cleanly

Any other exception is either an error of the tool, which the command line turns into a FaultError,
or an error of the user's model code inside a trial, which fails only that trial.
"""


class SweepError(Exception):
    """Base of all errors that a person can fix. `exit_code` is what the command ends with."""

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(SweepError):
    """An option or argument that cannot be used as given."""


class TensorFlowError(SweepError, ImportError):
    """No TensorFlow, one outside the supported range, or a part of Estimator it cannot offer."""


class OptunaError(SweepError, ImportError):
    """An Optuna that lacks something needed, probably because it is outside the supported range."""


class StudyError(SweepError):
    """A study file, or what it declares, that cannot be swept."""


class StorageError(SweepError):
    """A database, study or trial that cannot be opened or found."""


class NoStudiesError(StorageError):
    """There is no database, or none with studies."""


class RemoteError(StorageError):
    """Remote storage cannot be reached or refuses an operation; it may work later."""


class TakenAwayError(StorageError):
    """The folder or the database of a running sweep was moved, removed or replaced."""

    exit_code = 1


class LostDatabaseError(TakenAwayError):
    """The database, or the study in it, was taken away: nothing can be written any more."""


class BusyError(SweepError):
    """Another process sweeps the study."""

    exit_code = 3


class FailingError(SweepError):
    """The first trials of a sweep all failed for the same reason, so the sweep stopped."""

    exit_code = 1


class EngineError(SweepError):
    """A sweep lost the processes that it depends on."""

    exit_code = 1


class FaultError(SweepError):
    """An internal error of the tool. A file has its traceback."""

    exit_code = 1


class Interrupted(SweepError):
    """A signal asked the sweep to stop, and it stopped cleanly."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number
