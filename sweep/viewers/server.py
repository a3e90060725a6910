"""A server for one page: the host and port that it listens on, or why it cannot."""

from __future__ import annotations

import socket
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from sweep.errors import UsageError


class PageServer(ThreadingMixIn, WSGIServer):
    """Serves a page, each request in a thread."""

    daemon_threads = True

    @property
    def address(self) -> str:
        """The address for a browser."""
        return f"http://{_address(str(self.server_address[0]), self.server_port)}"


class _PageServerOfIPv6(PageServer):
    address_family = socket.AF_INET6


def listen(host: str, port: int | None, usual_port: int) -> PageServer:
    """Listens on the port; if it is None, on the usual port, or on a free one if that is taken.

    Raises:
        UsageError: the host or the port cannot be listened on.
    """
    kind = _PageServerOfIPv6 if ":" in host else PageServer
    if port is None:
        with suppress(OSError):
            return kind((host, usual_port), _QuietHandler)
    try:
        return kind((host, port or 0), _QuietHandler)
    except OSError as error:
        raise cannot_listen(host, port or 0, str(error.strerror)) from error


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing for a request."""


def cannot_listen(host: str, port: int, why: str) -> UsageError:
    """The error for a host and port that cannot be listened on."""
    return UsageError(
        f"Cannot listen on {_address(host, port)}: {why}. Choose another --host or --port."
    )


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
