"""The errors a person can fix; each message is one sentence: what, the value, what to do.

    SweepError
    ├── UsageError        an option or argument that cannot be used as given
    ├── TensorFlowError   no TensorFlow, or one outside the supported range
    ├── OptunaError       an Optuna outside the supported range
    ├── StudyError        a study file, or what it declares, that cannot be swept
    ├── StorageError      a database, study or trial that cannot be opened or found
    │   ├── NoStudiesError    there is no database, or none with studies
    │   ├── RemoteError       remote storage that cannot be used, at this moment at least
    │   └── TakenAwayError    the folder of a sweep that runs was taken away
    │       └── LostDatabaseError its database was, or the study in it
    ├── BusyError         another process sweeps the study
    ├── FailingError      the first trials of a sweep all failed for one reason
    ├── EngineError       the processes of a sweep were taken away from under it
    ├── FaultError        a fault of the tool itself, whose traceback lies in a file
    └── Interrupted       a signal asked the sweep to end, and it ended in order

Anything else that is raised is a fault of the tool, which the command line turns into a FaultError,
or of the user's own model code inside a trial, where it ends that trial alone.
"""


class SweepError(Exception):
    """Base of all errors that a person can fix. `exit_code` is what the command ends with."""

    exit_code = 2


class UsageError(SweepError):
    """An option or argument that cannot be used as given."""


class TensorFlowError(SweepError, ImportError):
    """No TensorFlow, one outside the supported range, or a part of Estimator it cannot offer."""


class OptunaError(SweepError, ImportError):
    """An Optuna that lacks what is used of it, as one outside the supported range may."""


class StudyError(SweepError):
    """A study file, or what it declares, that cannot be swept."""


class StorageError(SweepError):
    """A database, study or trial that cannot be opened or found."""


class NoStudiesError(StorageError):
    """There is no database, or none with studies."""


class RemoteError(StorageError):
    """Remote storage cannot be reached, or does not do what is asked; it may do later."""


class TakenAwayError(StorageError):
    """The folder or the database of a sweep that runs was moved, removed or replaced."""

    exit_code = 1


class LostDatabaseError(TakenAwayError):
    """The database was, or the study in it: nothing may be written any more."""


class BusyError(SweepError):
    """Another process sweeps the study."""

    exit_code = 3


class FailingError(SweepError):
    """The first trials of a sweep all failed for one reason, so it was ended."""

    exit_code = 1


class EngineError(SweepError):
    """The processes of a sweep were taken away from under it."""

    exit_code = 1


class FaultError(SweepError):
    """A fault of the tool itself, whose traceback lies in a file."""

    exit_code = 1


class Interrupted(SweepError):
    """A signal asked the sweep to end, and it ended in order."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number
