"""Which of several configurations are clearly behind the best, when each has several seeds.

A race as in Maron and Moore, "Hoeffding Races", NIPS 1994: after every seed, configurations that
are behind by more than chance explains are dropped, so that the later seeds go to those that can
still win. The seeds are blocks, the same for all configurations, as in Moore and Lee, "Efficient
Algorithms for Minimizing Cross Validation Error", ICML 1994, and in the F-Race of Birattari et al.,
"A Racing Algorithm for Configuring Metaheuristics", GECCO 2002. F-Race compares ranks. Here the
values themselves are compared, because the mean is what counts: a configuration is dropped when its
mean is below that of the leader by a one-sided t test at LEVEL, with the variance that remains
after each configuration's mean and each seed's mean are removed (the residual of a randomized block
design). This variance is pooled over the race, because three to ten seeds say little about the
spread of one configuration. As in F-Race, LEVEL holds for each comparison and is not divided among
them. But with more seeds, all are compared more often, so LEVEL becomes smaller in proportion above
MANY_SEEDS seeds.

Successive rejects (Audibert, Bubeck and Munos, "Best Arm Identification in Multi-Armed Bandits",
COLT 2010) is the alternative for a fixed budget. It drops one configuration in each phase, whether
it is behind or not, so that only the last two may have a spread that says anything. Here every
configuration that is not clearly behind gets all of its seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVEL = 0.05
"""How often, at most, a configuration that is as good as the leader is judged to be worse."""
MANY_SEEDS = 10
"""Up to this many seeds, LEVEL costs no accuracy, as benchmarks/confirmation.py shows."""
LEAST_FREEDOM = 4
"""Degrees of freedom below which a variance says nothing: metrics are often equal by chance,
because an evaluation counts right answers among a few hundred."""

Values = Mapping[int, float | None]
"""What a training measured, by the seed's number, from 1; None if it failed."""


def still_racing(results: Mapping[int, Values], n_seeds: int, *, maximize: bool) -> list[int]:
    """The configurations that are not clearly behind, judged by the seeds that all have had.

    A configuration that fails with more seeds than another is behind it.

    Args:
        results: what the ended trainings of each configuration measured.
        n_seeds: how many seeds each gets.
        maximize: whether larger values are better.
    """
    racing = list(results)
    for n in range(1, n_seeds + 1):
        if any(n not in results[runner] for runner in racing):
            break
        racing = go_on(racing, results, n, n_seeds, maximize=maximize)
    return racing


def go_on(
    racing: Sequence[int], results: Mapping[int, Values], n: int, n_seeds: int, *, maximize: bool
) -> list[int]:
    """The configurations that stay in the race after all of them have had `n` of the seeds."""
    if n == 1:
        return list(racing)  # one seed shows only luck
    seeds = range(1, n + 1)
    racing = _fewest_failures({runner: results[runner] for runner in racing}, seeds)
    blocks = [seed for seed in seeds if all(results[r][seed] is not None for r in racing)]
    table = {r: [_signed(results[r][seed], maximize) for seed in blocks] for r in racing}
    return _not_behind(table, LEVEL * min(1.0, MANY_SEEDS / n_seeds))


def _fewest_failures(results: Mapping[int, Values], seeds: Sequence[int]) -> list[int]:
    failures = {r: sum(values[seed] is None for seed in seeds) for r, values in results.items()}
    return [r for r, n in failures.items() if n == min(failures.values())]


def _signed(value: float | None, maximize: bool) -> float:
    assert value is not None
    return value if maximize else -value


def _not_behind(table: Mapping[int, Sequence[float]], level: float) -> list[int]:
    """Those that no test finds worse than the best; larger values are better."""
    n_runners, n_blocks = len(table), len(next(iter(table.values())))
    freedom = (n_runners - 1) * (n_blocks - 1)
    if freedom < LEAST_FREEDOM:
        return list(table)
    from scipy.special import stdtrit  # here, because the import takes a while

    means = {runner: math.fsum(values) / n_blocks for runner, values in table.items()}
    overall = math.fsum(means.values()) / n_runners
    effects = [
        math.fsum(block) / n_runners - overall for block in zip(*table.values(), strict=True)
    ]
    residual = math.fsum(
        (value - means[runner] - effect) ** 2
        for runner, values in table.items()
        for value, effect in zip(values, effects, strict=True)
    )
    margin = stdtrit(freedom, 1 - level) * math.sqrt(2 * residual / freedom / n_blocks)
    best = max(means.values())
    return [runner for runner, mean in means.items() if best - mean <= margin]


@dataclass(frozen=True)
class Spread:
    """The mean and the spread of the values of one configuration."""

    n: int
    mean: float
    std: float | None
    """The standard deviation of the sample; None for fewer than two values."""

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of one value or more."""
        n = len(values)
        mean = math.fsum(values) / n
        if n == 1:
            return cls(n, mean, None)
        return cls(n, mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1)))

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Where the true mean lies with this confidence, by Student's t; None without a spread."""
        if self.std is None:
            return None
        from scipy.special import stdtrit

        half = float(stdtrit(self.n - 1, (1 + confidence) / 2)) * self.std / math.sqrt(self.n)
        return self.mean - half, self.mean + half


def chance_of_order(better: Spread, worse: Spread, *, maximize: bool) -> float | None:
    """The probability that the true means of two configurations have the order of their means.

    With nothing known of either beforehand, the difference of the true means is spread around that
    of the means as Student's t, with Welch's standard error and degrees of freedom (the
    Behrens-Fisher posterior in Welch's approximation). It does not take into account that these are
    the first two of several. None if one of them has no spread.
    """
    if better.std is None or worse.std is None:
        return None
    from scipy.special import stdtr

    ahead = better.mean - worse.mean if maximize else worse.mean - better.mean
    one, other = better.std**2 / better.n, worse.std**2 / worse.n
    if one + other == 0:
        return 1.0 if ahead > 0 else 0.5
    freedom = (one + other) ** 2 / (one**2 / (better.n - 1) + other**2 / (worse.n - 1))
    return float(stdtr(freedom, ahead / math.sqrt(one + other)))
