"""Where the pages listen: hosts, ports, and what is said of them."""

from __future__ import annotations

import ipaddress
import socket
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path
from socketserver import ThreadingMixIn
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import click

from sweep.errors import UsageError

DASHBOARD_PORT = 8080
TENSORBOARD_PORT = 6006


class PageServer(ThreadingMixIn, WSGIServer):
    """Serves a page, each request in a thread."""

    daemon_threads = True

    @property
    def address(self) -> str:
        """What a browser is to be given."""
        return f"http://{_address(str(self.server_address[0]), self.server_port)}"


class _PageServerOfIPv6(PageServer):
    address_family = socket.AF_INET6


def listen(host: str, port: int | None) -> PageServer:
    """Listens on the port; on the usual one, or a free one where that is taken, if it is None.

    Raises:
        UsageError: the host or the port cannot be listened on.
    """
    kind = _PageServerOfIPv6 if ":" in host else PageServer
    if port is None:
        with suppress(OSError):
            return kind((host, DASHBOARD_PORT), _QuietHandler)
    try:
        return kind((host, port or 0), _QuietHandler)
    except OSError as error:
        raise UsageError(_cannot_listen(host, port or 0, str(error.strerror))) from error


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Prints no line for each request."""


def launch_tensorboard(folder: Path, host: str, port: int | None) -> str:
    """Starts TensorBoard in a thread of this process; returns its address.

    Raises:
        UsageError: the host or the port cannot be listened on.
    """
    from tensorboard import program

    # By this name's presence TensorBoard knows that it is to do without TensorFlow, which some of
    # its pages would import when they are opened, for seconds and with messages on the screen.
    sys.modules["tensorboard.compat.notf"] = ModuleType("notf")
    server = program.TensorBoard()
    # Where no port is named, TensorBoard itself looks for a free one from its usual one on.
    server.configure(argv=("",), logdir=str(folder), host=host, port=port)
    try:
        return str(server.launch())
    except program.TensorBoardServerException as error:
        raise UsageError(_cannot_listen(host, port or TENSORBOARD_PORT, str(error.msg))) from error


def _cannot_listen(host: str, port: int, why: str) -> str:
    return f"{_address(host, port)} cannot be listened on: {why}. Choose another --host or --port."


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def warn_of_others(host: str, what: str) -> None:
    """Says what others can do to a page that does not listen on this machine alone."""
    if not _is_loopback(host):
        click.echo(f"Whoever reaches {host} can {what}, for the page has no password.", err=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def announce(name: str, address: str, browse: bool) -> None:
    """Says where a page is, and opens it if it is to be browsed."""
    click.echo(f"{name} is at {address}\nCtrl-C ends it.")
    if browse:
        webbrowser.open(address)
