"""What a sweep does for results on remote storage, in addition to its trials' own uploads.

Results on a disk need none of it. One thread does all uploads in order, so that no copy of the
database mentions a trial before its files are there.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from sweep.errors import RemoteError, StorageError, SweepError, TakenAwayError
from sweep.flow.interruption import Interruption
from sweep.folder.errands import Errands
from sweep.folder.free import free_there
from sweep.folder.layout import StudyFolder
from sweep.folder.mirror import Mirror, find_mirror
from sweep.folder.push import Push
from sweep.storage.backlog import SECONDS_TO_WRITE, Say
from sweep.storage.copies import DatabaseCopies, fetch_database
from sweep.storage.lease import SECONDS_BETWEEN_RENEWALS, Lease
from sweep.storage.url import is_sqlite, parse, sqlite_file

SECONDS_BETWEEN_COPIES = 60.0
_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_OF_PATIENCE = 3.0


class Upkeep:
    """The upkeep of results on a disk: nothing."""

    uploads: Errands | None = None
    """Takes uploads; None if nothing is uploaded."""
    is_shared = False
    """Whether several machines can sweep the study at the same time."""

    def begin(self) -> None:
        """Starts the upkeep when the study is ready for its sweep."""

    def check(self) -> None:
        """Checks that the sweep can continue.

        Raises:
            LostDatabaseError: another machine has taken the study over.
        """

    def drop(self, number: int, seed: int | None, patterns: Sequence[str]) -> None:
        """Deletes files of a trial's model_dir from the remote storage."""


class RemoteUpkeep(Upkeep):
    """The upkeep of a mirror of remote results."""

    uploads: Errands

    def __init__(self, mirror: Mirror, folder: StudyFolder, url: str, say: Say) -> None:
        self._mirror = mirror
        self._folder = folder
        self._say = say
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.uploads = Errands(mirror.remote.url, self._notices.put)
        parsed = parse(url)
        self._database = sqlite_file(parsed) if is_sqlite(parsed) else None
        self._copies = DatabaseCopies(mirror, self._database) if self._database else None
        self._lease = Lease(mirror, folder.name, say) if self._copies else None
        self.is_shared = self._copies is None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def take(self) -> None:
        """Checks that the storage can be written to, and that no other machine writes to it.

        Raises:
            SweepError: it cannot be written to, or another machine writes to it.
        """
        self._mirror.remote.refuse_unusable()
        if self._lease is not None:
            self._lease.take()
            fetch_database(self._mirror, self._database)

    def begin(self) -> None:
        """Uploads the first copy of the database, and what an earlier sweep did not upload.

        Raises:
            RemoteError: the storage does not accept it.
        """
        self._upload_record()
        if self._copies is not None:
            self._copies.upload()
        self.uploads.submit("left", self._upload_left)
        self._thread.start()

    def check(self) -> None:
        while not self._notices.empty():
            self._say(self._notices.get())
        if self._lease is not None:
            self._lease.check()

    def drop(self, number: int, seed: int | None, patterns: Sequence[str]) -> None:
        work = partial(self._drop, number, seed, patterns)
        self.uploads.submit(("drop", number), work)

    def finish(self, interruption: Interruption) -> None:
        """Uploads everything that is left, and gives up on a storage that fails for too long.

        Raises:
            StorageError: the storage does not accept it.
        """
        if not self._thread.is_alive():
            return  # the sweep ended before it started
        if self._copies is not None:
            self.uploads.submit("database", self._copies.upload)
        enough = interruption.count + 1
        if not self.uploads.wait(_SECONDS_OF_PATIENCE):
            self._say(
                f"Uploading the remaining results to {self._mirror.remote.url}. An interrupt stops "
                "the upload, and the same command continues it later."
            )
        while not self.uploads.wait(_SECONDS_BETWEEN_LOOKS):
            self.check()
            is_late = self.uploads.seconds_of_failure > SECONDS_TO_WRITE
            if is_late or interruption.count >= enough:
                raise StorageError(
                    f"Not all results were uploaded to {self._mirror.remote.url}. They are kept in "
                    f"{self._mirror.folder}: run the same command again to upload them."
                )
        self.check()

    def close(self) -> None:
        """Ends the work in the background, and lets other machines sweep."""
        self._is_over.set()
        self.uploads.close()
        if self._lease is None or self.uploads.seconds_of_failure:
            return  # the lease expires
        if self._thread.is_alive():
            self._thread.join()
        with suppress(RemoteError):
            self._lease.give_back()

    def _drop(self, number: int, seed: int | None, patterns: Sequence[str]) -> None:
        try:
            free_there(self._folder, number, seed, patterns)
        except RemoteError:
            raise
        except StorageError as error:  # a folder that belongs to something else
            self._notices.put(str(error))

    def _keep(self) -> None:
        next_copy = time.monotonic() + SECONDS_BETWEEN_COPIES
        while not self._is_over.wait(min(SECONDS_BETWEEN_RENEWALS, SECONDS_BETWEEN_COPIES)):
            if self._lease is not None:
                with suppress(RemoteError):  # the uploads report it
                    self._lease.renew()
            if time.monotonic() > next_copy and self._copies is not None:
                next_copy = time.monotonic() + SECONDS_BETWEEN_COPIES
                if self._copies.is_due:
                    self.uploads.submit("database", self._copies.upload)

    def _upload_record(self) -> None:
        for file in (self._folder.record, self._folder.load_log):
            if file.exists():
                self._mirror.remote.put(file, f"{self._folder.name}/{file.name}")

    def _upload_left(self) -> None:
        """Uploads trials that ended here in an earlier sweep that could not upload them."""
        there = self._mirror.remote.sizes(self._folder.name)
        for result in self._folder.folder.glob("trial-*/result.json"):
            name = result.relative_to(self._folder.folder).as_posix()
            trial = self._folder.trial(int(result.parent.name.removeprefix("trial-")))
            is_ours = (trial.read_params() or {}).get("mirror") == self._mirror.id
            if is_ours and there.get(name) != result.stat().st_size:
                Push(self._mirror, trial).push(has_ended=True)


@contextmanager
def upkeep_of(
    folder: StudyFolder, url: str, interruption: Interruption, say: Say
) -> Iterator[Upkeep]:
    """The upkeep that the results of a sweep need.

    Args:
        folder: the folder of the study.
        url: the URL of the database.
        interruption: a signal ends the wait for the last uploads.
        say: gets notices about a storage that fails.

    Raises:
        SweepError: the results are remote and cannot be written to, or another machine writes to
            them.
        StorageError: the storage failed for too long; what it lacks is kept here.
    """
    mirror = find_mirror(folder.results)
    if mirror is None:
        yield Upkeep()
        return
    upkeep = RemoteUpkeep(mirror, folder, url, say)
    upkeep.take()
    try:
        try:
            yield upkeep
        except TakenAwayError:  # the machine that has taken over writes it from now on
            raise
        except SweepError:
            with suppress(StorageError):
                upkeep.finish(interruption)
            raise
        upkeep.finish(interruption)
    finally:
        upkeep.close()
