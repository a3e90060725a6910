"""Keeping a database's password out of the process list, where every user of the machine reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

STORAGE = "SWEEP_STORAGE"
_OPTION = "--storage"


def hide_password() -> None:
    """Runs the same program again without the URL, if its command line shows a password.

    The URL goes on in the environment, which no other user can read; `--storage` finds it there.
    """
    url = _storage_of(sys.argv)
    if url is not None and _has_password(url):
        os.environ[STORAGE] = url
        os.execv(sys.executable, [sys.executable, *_without_storage(sys.orig_argv[1:])])


def _storage_of(arguments: Sequence[str]) -> str | None:
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == _OPTION:
            return following
        if argument.startswith(f"{_OPTION}="):
            return argument.removeprefix(f"{_OPTION}=")
    return None


def _without_storage(arguments: Sequence[str]) -> list[str]:
    kept = []
    rest = iter(arguments)
    for argument in rest:
        if argument == _OPTION:
            next(rest, None)
        elif not argument.startswith(f"{_OPTION}="):
            kept.append(argument)
    return kept


def _has_password(url: str) -> bool:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from sweep.storage.database import has_password_in_query

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return parsed.password is not None or has_password_in_query(parsed)
