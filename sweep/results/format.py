"""How values are written for people: numbers, params, objectives, times, sizes and paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sweep import attrs, location
from sweep.search.constraints import Constraint


class Searching(Protocol):
    """A study, or what is known about one."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics; empty if they have no names."""

    @property
    def directions(self) -> tuple[str, ...]:
        """One direction for each metric."""

    @property
    def constraints(self) -> tuple[str, ...]:
        """The limits on other metrics."""


def text(value: object) -> str:
    """A text on one line; control characters and the like are written as in Python's source."""
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in str(value))


def width(text: str) -> int:
    """How many columns of a terminal a text takes: some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # imported here, because few commands need it

    return cell_len(text)


def cut(text: str, longest: int) -> str:
    """A text that takes at most so many columns of a terminal."""
    if width(text) <= longest:
        return text
    shown = text
    while width(shown) >= longest:
        shown = shown[:-1]
    return f"{shown}…"


def number(value: Any) -> str:
    """A number with at most five significant digits; anything else as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e5 else f"{value:.5g}"


def params(values: Mapping[str, Any]) -> str:
    """Params on one line."""
    return " ".join(pairs(values))


def pairs(values: Mapping[str, Any]) -> list[str]:
    """Each param as `name=value`."""
    return [f"{text(name)}={number(value)}" for name, value in values.items()]


def param_names(columns: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """The columns of params, with their names on the screen: without prefix, if that is free."""
    others = set(taken)
    short = {name: name.removeprefix("params_") for name in columns if name.startswith("params_")}
    return {name: name if title in others else title for name, title in short.items()}


def objectives(metrics: Sequence[str], values: Sequence[float]) -> str:
    """The values of a trial, each with its metric."""
    known = zip(metrics, values, strict=True)
    return ", ".join(f"{text(metric)} {number(value)}" for metric, value in known)


def broken(constraints: Sequence[Constraint], user_attrs: Mapping[str, Any]) -> str:
    """The constraints that a trial breaks, as in `, breaks latency <= 20 by 3`.

    Empty if it keeps all of them.
    """
    found = []
    for constraint in constraints:
        value = user_attrs.get(attrs.metric(constraint.metric))
        if isinstance(value, int | float) and (excess := constraint.excess(value)) > 0:
            found.append(f", breaks {text(constraint)} by {number(excess)}")
    return "".join(found)


def objective(study: Searching) -> str:
    """What the study searches for, as in `maximize accuracy with latency <= 20`."""
    metrics = study.metrics or [""] * len(study.directions)
    known = zip(study.directions, metrics, strict=True)
    named = ", ".join(f"{direction} {text(metric)}".strip() for direction, metric in known)
    kept = ", ".join(map(text, study.constraints))
    return f"{named} with {kept}" if kept else named


def duration(seconds: float) -> str:
    """Seconds as 4.2 s, 3 min 20 s or 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(n_bytes: int) -> str:
    """Bytes as 12.3 MB, in powers of 1000."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    exponent = min((len(str(n_bytes)) - 1) // 3, 4)
    return f"{n_bytes / 1000**exponent:.3g} {'kMGT'[exponent - 1]}B"


def path(place: str | Path) -> str:
    """A path, relative to the working directory if it is below it; a URL is not changed."""
    if isinstance(place, str) and "://" in place:
        return text(place)
    return text(location.short(Path(place)))


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
