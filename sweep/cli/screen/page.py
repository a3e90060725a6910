"""What is said of a page that is served: where it is, and who else can reach it."""

from __future__ import annotations

import ipaddress
import webbrowser

import click


def announce(name: str, address: str, browse: bool) -> None:
    """Says where a page is, and opens it if it is to be browsed."""
    click.echo(f"{name} is at {address}\nCtrl-C ends it.")
    if browse:
        webbrowser.open(address)


def warn_of_others(host: str, what: str) -> None:
    """Says what others can do to a page that does not listen on this machine alone."""
    if not _is_loopback(host):
        click.echo(f"Whoever reaches {host} can {what}, for the page has no password.", err=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
