"""Configurations that were trained with several seeds: their trials, and their spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from sweep import attrs
from sweep.schedule.race import Spread

Columns = Mapping[str, Mapping[int, Any]]

MEAN, MEDIAN, STD, SEEDS = "mean", "median", "std", "seeds"
"""Their columns in a table of trials, on the row of a configuration's own trial."""
FEASIBLE = "feasible"
"""The column that says whether a trial keeps the constraints of its study."""


@dataclass(frozen=True)
class Configuration:
    """One set of params, and the trials that were trained with it."""

    number: int
    """Its own trial: the complete trial that represents it in the sweep."""
    own: tuple[int, ...]
    """Its complete trials in the sweep, its own first, with repeats and duplicates."""
    confirming: tuple[int, ...]
    """The complete trials that confirm it, in the order of their seeds."""
    n_failed: int
    """How many further seeds failed; in a confirmation, also those that broke a constraint."""
    is_confirmed: bool
    """Whether any trial was started to confirm it."""

    @property
    def trials(self) -> tuple[int, ...]:
        """The trials that show how good it is. If it was confirmed, those of the sweep, by which
        it was chosen, do not count."""
        return self.confirming if self.is_confirmed else self.own

    def spread(self, values: Mapping[int, float]) -> Spread | None:
        """The spread of the values of its trials; None if none of them is complete."""
        return Spread.of([values[number] for number in self.trials]) if self.trials else None

    def middle(self, values: Mapping[int, float]) -> int:
        """The trial with the median value, or the earlier of the two in the middle. It must have a
        trial."""
        ranked = sorted(self.trials, key=lambda number: (values[number], number))
        return min(ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2])


def are_several(columns: Columns) -> bool:
    """Whether any configuration was trained with several seeds."""
    return any(columns.get(link) for link in (attrs.CONFIRMS, attrs.REPEATS, attrs.DUPLICATES))


def configurations(columns: Columns) -> list[Configuration]:
    """The complete configurations, in the order of their own trials."""
    state = columns["state"]
    going_on = columns.get(attrs.CONTINUES, {})
    continued = {source for n, source in going_on.items() if state.get(n) == "COMPLETE"}
    confirms, repeats = columns.get(attrs.CONFIRMS, {}), columns.get(attrs.REPEATS, {})
    feasible = columns.get(FEASIBLE, {})
    firsts, further = defaultdict(list), defaultdict(list)
    ends: dict[int, dict[int, int | None]] = defaultdict(dict)  # the complete trial of each seed
    for number in sorted(state):
        root = _root(columns, number)
        if number in confirms or number in repeats:
            nth = columns[attrs.NTH_SEED][number]
            seeds = ends[confirms[number]] if number in confirms else ends[~repeats[number]]
            is_broken = number in confirms and not feasible.get(number, True)
            if state[number] == "COMPLETE" and not is_broken:
                seeds[nth] = number
            elif state[number] in ("COMPLETE", "FAIL", "PRUNED"):
                seeds.setdefault(nth, None)
            if number in repeats and state[number] == "COMPLETE":
                further[root].append(number)
        elif state[number] == "COMPLETE" and number not in continued:
            firsts[root].append(number)
    found = []
    for root, own in firsts.items():
        members = {_own_root(columns, number) for number in own}
        confirming = {nth: n for member in members for nth, n in ends[member].items()}
        repeating = [n for member in members for n in ends[~member].values()]
        failed = list(confirming.values()) if confirming else repeating
        found.append(
            Configuration(
                number=own[0],
                own=(*own, *further[root]),
                confirming=tuple(n for _, n in sorted(confirming.items()) if n is not None),
                n_failed=failed.count(None),
                is_confirmed=bool(confirming),
            )
        )
    return found


def spread_columns(columns: Columns, values: list[str]) -> dict[str, dict[int, Any]]:
    """The mean, the median, the standard deviation and the number of seeds of configurations.

    If any configuration was confirmed, the unconfirmed ones have none. There are no columns if each
    configuration has one seed. If there are several metrics, each has its own columns.

    Args:
        columns: the columns of a study's trials.
        values: the names of the columns that hold the values.
    """
    if not are_several(columns):
        return {}
    known = configurations(columns)
    if any(configuration.is_confirmed for configuration in known):
        known = [configuration for configuration in known if configuration.is_confirmed]
    found: dict[str, dict[int, Any]] = {}
    for value in values:
        suffix = value.removeprefix("value").removeprefix("s")
        for name in (MEAN, MEDIAN, STD):
            found[name + suffix] = {}
        for configuration in known:
            spread = configuration.spread(columns[value])
            if spread is not None:
                number = configuration.number
                found[MEAN + suffix][number] = spread.mean
                found[MEDIAN + suffix][number] = median(
                    columns[value][n] for n in configuration.trials
                )
                if spread.std is not None:
                    found[STD + suffix][number] = spread.std
    found[SEEDS] = {c.number: len(c.trials) for c in known if c.trials}
    return found


def spread_names(columns: Columns) -> list[str]:
    """The columns of the spread in a table, in the order in which people read them."""
    if not are_several(columns):
        return []
    return [
        name
        for kind in (MEAN, STD, SEEDS)
        for name in columns
        if name == kind or name.startswith(f"{kind}_")
    ]


def spread_of(columns: Columns, number: int) -> dict[str, Any]:
    """The cells of a table for the spread of a trial's configuration."""
    names = (name for name in spread_names(columns) if number in columns[name])
    return {name: columns[name][number] for name in names}


def _own_root(columns: Columns, number: int) -> int:
    root: int = columns.get(attrs.CONFIGURATION, {}).get(number, number)
    return root


def _root(columns: Columns, number: int) -> int:
    """The number that identifies all trials of the same configuration."""
    for link in (attrs.CONFIRMS, attrs.REPEATS, attrs.CONFIGURATION):
        number = columns.get(link, {}).get(number, number)
    root: int = columns.get(attrs.DUPLICATES, {}).get(number, number)
    return root
