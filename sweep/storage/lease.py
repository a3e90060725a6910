"""A lease on remote results: one machine at a time may sweep studies of their SQLite database.

It is a file there that its holder renews. Object stores have no lock that works on all of them, so
two machines that start within the same second may both take it. One of them notices this when it
renews the lease, and ends.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from sweep.errors import BusyError, LostDatabaseError
from sweep.folder.mirror import Mirror
from sweep.storage.holder import Holder

LEASE = "studies.db.lease"
SECONDS_BETWEEN_RENEWALS = 15.0
SECONDS_TO_EXPIRE = 60.0
SECONDS_BETWEEN_LOOKS = 1.0


class Lease:
    """This process's lease.

    Args:
        mirror: the mirror of the results; its sweeps share its database and the lease.
        study_name: the study's name, for messages.
        say: is called if taking the lease takes long.
    """

    def __init__(self, mirror: Mirror, study_name: str, say: Callable[[str], None]) -> None:
        self._mirror = mirror
        self._study_name = study_name
        self._say = say
        self._token = uuid.uuid4().hex
        self._is_lost = False

    def take(self) -> None:
        """Takes the lease; waits a minute if its holder may have died.

        Raises:
            BusyError: another machine holds it.
            RemoteError: the storage cannot be used.
        """
        there = self._read()
        if there is not None and not self._may_be_shared(there):
            self._wait_for_expiry(there)
        self._write()

    def renew(self) -> None:
        """Renews the lease, unless another machine has taken it over.

        Raises:
            RemoteError: the storage cannot be used.
        """
        there = self._read()
        if there is not None and there["mirror"] != self._mirror.id:
            self._is_lost = True
            return
        self._write()

    def give_back(self) -> None:
        """Gives up the lease.

        Raises:
            RemoteError: the storage cannot be used.
        """
        there = self._read()
        if there is not None and there["token"] == self._token:
            self._mirror.remote.remove([LEASE])

    def check(self) -> None:
        """Checks that this process may write to the study.

        Raises:
            LostDatabaseError: another machine has taken over.
        """
        if self._is_lost:
            raise LostDatabaseError(
                f"Another machine took over the studies in {self._mirror.remote.url}, because this "
                "one did not renew its lease for a minute, so the sweep has ended. What its "
                "trials uploaded is kept."
            )

    def _may_be_shared(self, there: dict[str, Any]) -> bool:
        holder = Holder.from_json(there["holder"])
        return there["mirror"] == self._mirror.id or holder.is_gone

    def _wait_for_expiry(self, there: dict[str, Any]) -> None:
        holder = Holder.from_json(there["holder"])
        who = f"process {holder.pid} on {holder.host}"
        if not holder.is_here:
            self._say(
                f"{who[0].upper()}{who[1:]} sweeps here, or has died: waiting up to "
                f"{SECONDS_TO_EXPIRE:.0f} s to find out."
            )
            deadline = time.monotonic() + SECONDS_TO_EXPIRE
            while time.monotonic() < deadline:
                time.sleep(SECONDS_BETWEEN_LOOKS)
                now = self._read()
                if now is None:
                    return
                if now["renewal"] != there["renewal"]:
                    break
            else:
                return
        raise BusyError(
            f"The studies in {self._mirror.remote.url} are being swept by {who}, and only one "
            f"machine can write to their database. Wait for it, stop it there with `sweep stop "
            f"{self._study_name}`, or keep the studies in PostgreSQL, which several machines can "
            "share."
        )

    def _read(self) -> dict[str, Any] | None:
        content = self._mirror.remote.read(LEASE)
        there: dict[str, Any] | None = None if content is None else json.loads(content)
        return there

    def _write(self) -> None:
        content = {
            "mirror": self._mirror.id,
            "token": self._token,
            "holder": Holder.here().to_json(),
            "renewal": uuid.uuid4().hex,
        }
        self._mirror.remote.write(LEASE, json.dumps(content).encode())
