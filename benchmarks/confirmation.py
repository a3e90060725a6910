"""How often the best configuration is found: by a sweep's best value, and after `sweep confirm`.

    python benchmarks/confirmation.py [--runs N] [--trainings FILE.csv.gz]

A run draws configurations with known true means, and the value that a sweep measures of each with
one seed. The best TOP by these values are confirmed seed by seed, by the race of `sweep confirm`.
The question is which of the TOP has the best true mean. Nothing is trained: a value is a true mean
plus normal noise, the same for all configurations or, if one is twice as noisy as another, with its
own spread. `gap` is how far the true means of a search are apart: their standard deviation below
the best possible one, in standard deviations of the noise.

With --trainings, configurations and values come from a file of recorded trainings (columns
configuration, seed, step and accuracy). Then a true mean is that over all recorded seeds, the
sweep's value is that of a random one, and the confirming seeds are drawn from the others.

It takes a minute, and writes results/benchmarks/confirmation.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from machine import write_result
from numpy.typing import NDArray

from sweep.schedule.race import Spread, chance_of_order, go_on

TOP = 10
N_CONFIGURATIONS = 60
SEEDS = (3, 5, 10, 30, 100)
GAPS = (3, 10, 30)
SURE = 0.95
CLOSE = 0.1
"""A mean this many standard deviations of the noise below the best counts as equally good."""

HEAD = (
    "| gap | seeds | sweep alone is right | confirmed is right | alone is close "
    "| confirmed is close | alone lacks | confirmed lacks | too good | trainings | sure "
    f"| right then |\n{'| --- ' * 12}|"
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """The best of one sweep: true means, the sweep's values, and values with further seeds."""

    means: Array
    own: Array
    further: Array


@dataclass(frozen=True)
class Run:
    """What was chosen in one world."""

    alone_is_right: bool
    confirmed_is_right: bool
    alone_lacks: float
    confirmed_lacks: float
    """By how much the true mean of the chosen configuration is below the best of the TOP."""
    n_trainings: int
    chance: float
    """The reported chance that the first two are in the right order."""
    is_in_order: bool
    optimism_of_alone: float
    """By how much the sweep's best value was better than its configuration's true mean."""


def synthetic(draw: np.random.Generator, gap: float, n_seeds: int, varied: bool) -> World:
    """A sweep near an optimum: most configurations are worse than it, none is better."""
    means = -np.abs(draw.normal(0, gap, N_CONFIGURATIONS))
    noise = np.exp(draw.normal(0, 0.35, N_CONFIGURATIONS)) if varied else np.ones(len(means))
    own = draw.normal(means, noise)
    best = np.argsort(-own)[:TOP]
    further = draw.normal(means[best], noise[best], (n_seeds, TOP)).T
    return World(means[best], own[best], further)


def recorded(draw: np.random.Generator, table: Array, n_seeds: int) -> World:
    """A sweep over recorded trainings: a row for each configuration, a column for each seed."""
    shuffled = draw.permuted(table, axis=1)
    best = np.argsort(-shuffled[:, 0])[:TOP]
    return World(table.mean(1)[best], shuffled[best, 0], shuffled[best, 1 : n_seeds + 1])


def confirm(world: World) -> Run:
    """Confirms as `sweep confirm` does, one training at a time."""
    n_seeds = world.further.shape[1]
    results: dict[int, dict[int, float | None]] = {n: {} for n in range(len(world.means))}
    racing = list(results)
    for nth in range(1, n_seeds + 1):
        for runner in racing:
            results[runner][nth] = float(world.further[runner, nth - 1])
        racing = go_on(racing, results, nth, n_seeds, maximize=True)
    spreads = {n: Spread.of([v for v in by.values() if v is not None]) for n, by in results.items()}
    first, second = sorted(spreads, key=lambda n: -spreads[n].mean)[:2]
    best = world.means.max()
    return Run(
        alone_is_right=world.means[0] == best,
        confirmed_is_right=world.means[first] == best,
        alone_lacks=best - world.means[0],
        confirmed_lacks=best - world.means[first],
        n_trainings=sum(map(len, results.values())),
        chance=chance_of_order(spreads[first], spreads[second], maximize=True) or 0.0,
        is_in_order=world.means[first] >= world.means[second],
        optimism_of_alone=world.own[0] - world.means[0],
    )


def row(name: str, n_seeds: int, runs: list[Run]) -> str:
    """A line of the table."""
    table = pd.DataFrame([vars(run) for run in runs])
    sure = table[table["chance"] >= SURE]
    cells = [
        name,
        n_seeds,
        f"{table['alone_is_right'].mean():.0%}",
        f"{table['confirmed_is_right'].mean():.0%}",
        f"{(table['alone_lacks'] <= CLOSE).mean():.0%}",
        f"{(table['confirmed_lacks'] <= CLOSE).mean():.0%}",
        f"{table['alone_lacks'].mean():.2g}",
        f"{table['confirmed_lacks'].mean():.2g}",
        f"{table['optimism_of_alone'].mean():.2g}",
        f"{table['n_trainings'].mean():.0f} of {TOP * n_seeds}",
        f"{len(sure) / len(table):.0%}",
        f"{sure['is_in_order'].mean():.0%}" if len(sure) else "",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def measure(n_runs: int, draw: Callable[[], World]) -> list[Run]:
    return [confirm(draw()) for _ in range(n_runs)]


def over_noise(draw: np.random.Generator, n_runs: int) -> Iterator[str]:
    """The lines for synthetic configurations."""
    for varied, gap, n_seeds in product((False, True), GAPS, SEEDS):
        runs = measure(n_runs, partial(synthetic, draw, gap, n_seeds, varied))
        yield row(f"{gap}{', unlike spreads' * varied}", n_seeds, runs)


def over_trainings(draw: np.random.Generator, n_runs: int, file: Path) -> Iterator[str]:
    """The lines for recorded trainings."""
    trainings = pd.read_csv(file).sort_values("step")
    last = trainings.groupby(["configuration", "seed"])["accuracy"].last()
    table = last.unstack().dropna().to_numpy()
    noise = float(table.std(1, ddof=1).mean())
    yield (
        f"\nOver {len(table)} recorded configurations with {table.shape[1]} seeds each. The "
        f"standard deviation of a configuration's noise is {noise:.2g} on average:\n\n{HEAD}"
    )
    for n_seeds in (n for n in SEEDS if n < table.shape[1]):
        runs = measure(n_runs, partial(recorded, draw, table / noise, n_seeds))
        yield row(file.name.partition(".")[0], n_seeds, runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500, help="worlds for each line")
    parser.add_argument("--trainings", type=Path, help="a file of recorded trainings")
    arguments = parser.parse_args()
    draw = np.random.default_rng(0)
    lines = [
        f"How often the best of the {TOP} configurations that a sweep of {N_CONFIGURATIONS} ranks "
        f"first is found, in {arguments.runs} runs a line (`python benchmarks/confirmation.py`). "
        f"`lacks`: the loss in the true mean. `close`: the loss is at most {CLOSE}. `too good`: by "
        "how much the sweep's best value is better than its true mean. All three are in standard "
        f"deviations of the noise. `sure`: how often the reported chance is {SURE:.0%} or more. "
        f"`right then`: how often the first two are then in the right order.\n\n{HEAD}",
        *over_noise(draw, arguments.runs),
    ]
    if arguments.trainings is not None:
        lines += over_trainings(draw, arguments.runs, arguments.trainings)
    write_result("confirmation", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
