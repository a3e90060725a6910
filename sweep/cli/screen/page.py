"""What to say about a served page: where it is, and who else can reach it."""

from __future__ import annotations

import ipaddress
import webbrowser

import click


def announce(name: str, address: str, browse: bool) -> None:
    """Says where a page is, and opens it in a browser if asked to."""
    click.echo(f"{name} is at {address}\nCtrl-C stops it.")
    if browse:
        webbrowser.open(address)


def warn_of_others(host: str, what: str) -> None:
    """Says what others can do with a page that does not listen on this machine only."""
    if not _is_loopback(host):
        click.echo(f"The page has no password: everyone who reaches {host} can {what}.", err=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
