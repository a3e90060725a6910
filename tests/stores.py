"""Remote storage for tests: a folder, and servers with the protocols of S3, GCS and Azure.

Each is reached by the environment, as its library's users do it.
"""

from __future__ import annotations

import base64
import logging
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUCKET = "sweeps"


@dataclass(frozen=True)
class Store:
    """A place for results that nothing else uses."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)
    """What a process needs to reach it."""

    def at(self, address: str) -> Store:
        """The same, reached by another address, as of a line that can be cut."""
        known = _address_in(self.environment)
        changed = {name: v.replace(known, address) for name, v in self.environment.items()}
        return Store(self.url, changed)

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        host, _, port = _address_in(self.environment).rpartition(":")
        return host, int(port)


def _address_in(environment: dict[str, str]) -> str:
    (url,) = (v for v in environment.values() if v.startswith("http://"))
    return url.removeprefix("http://")


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """A server of S3 with an empty bucket; the environment to reach it by."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    _make_bucket(f"http://{host}:{port}")
    try:
        yield environment
    finally:
        server.stop()


def _make_bucket(url: str) -> None:
    import boto3

    given = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **given)
    client.create_bucket(Bucket=BUCKET)


@contextmanager
def gcs_server() -> Iterator[dict[str, str]]:
    """A server of GCS with an empty bucket; the environment to reach it by."""
    from gcp_storage_emulator.server import create_server

    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=BUCKET)
    server.start()
    port = server._api._httpd.server_address[1]
    try:
        yield {
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
            # Else gcsfs asks Google, which nobody reaches, what kind of bucket it is.
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        }
    finally:
        server.stop()


@contextmanager
def azure_server(program: str) -> Iterator[dict[str, str]]:
    """A server of Azure's blobs with an empty container; the environment to reach it by.

    Args:
        program: the path of `azurite-blob`, which npm installs with azurite.
    """
    account, key = "test", base64.b64encode(b"test").decode()
    options = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    server = subprocess.Popen(
        [program, *options, "--blobPort", "0"],
        env={**os.environ, "AZURITE_ACCOUNTS": f"{account}:{key}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        listening = next(line for line in server.stdout if "successfully listens" in line)
        url = listening.split()[-1]
        known = f"AccountName={account};AccountKey={key};BlobEndpoint={url}/{account};"
        _make_container(known)
        yield {"AZURE_STORAGE_CONNECTION_STRING": known}
    finally:
        server.terminate()
        server.communicate()


def _make_container(connection: str) -> None:
    from azure.storage.blob import BlobServiceClient

    BlobServiceClient.from_connection_string(connection).create_container(BUCKET)


def new_store(kind: str, environment: dict[str, str], folder: Path) -> Store:
    """A place that is empty, on a server or in a folder."""
    if kind == "file":
        return Store(f"file://{folder}")
    return Store(f"{kind}://{BUCKET}/{uuid.uuid4().hex}", environment)


class Line:
    """A line to a server, which can be cut and laid again.

    Args:
        server: where it leads to.
        delay: how many seconds later what is sent arrives.
    """

    def __init__(self, server: tuple[str, int], delay: float = 0.0) -> None:
        self._server = server
        self._delay = delay
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._port = 0
        self.lay()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def lay(self) -> None:
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener is not None
        # Only a shutdown wakes a thread that waits for a connection.
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._server)
                self._open |= {near, far}
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                time.sleep(self._delay)
                target.sendall(content)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def reach(store: Store, scratch: Path, monkeypatch: Any) -> None:
    """Lets this process, and those that it starts, reach a store by a scratch folder."""
    monkeypatch.setenv("SWEEP_SCRATCH", str(scratch))
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)


def other_files(folder: Path) -> list[str]:
    """The names of the files below a folder."""
    return sorted(
        os.path.relpath(Path(place, name), folder)
        for place, _, names in os.walk(folder)
        for name in names
    )
