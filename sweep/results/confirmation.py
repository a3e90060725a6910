"""The result of a confirmation: configurations ranked by their means, and how certain that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from sweep.errors import UsageError
from sweep.results import format
from sweep.results.comparison import params_of
from sweep.results.configurations import Configuration
from sweep.results.ranking import by_mean, nothing_confirmed, numbers_by, scale_of
from sweep.results.trials import Trials
from sweep.schedule.race import Spread, chance_of_order
from sweep.search.preference import Preference, Scale
from sweep.storage.reading import StudySummary

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Confirmed:
    """A configuration that was trained with several seeds."""

    trial: int
    """Its own trial."""
    value: float
    """Its value in the sweep: of one training, or of several combined."""
    mean: float
    std: float | None
    """None with one seed; the same for the interval."""
    low: float | None
    high: float | None
    """The true mean is between low and high with CONFIDENCE, by Student's t."""
    median: float
    seeds: int
    """How many seeds it was fully trained with."""
    failed: int
    """How many seeds failed."""
    optimism: float | None
    """How much better the sweep's value was than the mean; negative if it was worse. None if the
    value is one of those in the mean."""
    trials: tuple[int, ...]
    """The trials of the mean."""
    metrics: dict[str, float]
    """The mean of each metric, if there are several."""
    params: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """Configurations that were trained with several seeds, the best first."""

    study: str
    metric: str
    """What is compared: the metric, or the preference if there are several metrics."""
    direction: str
    is_confirmed: bool
    """Whether the seeds had no part in choosing them."""
    chance: float | None
    """How likely the true means of the first two are in this order; None if that is unknown."""
    constraints: tuple[str, ...]
    """The constraints that each training must keep to count."""
    configurations: tuple[Confirmed, ...]

    def sentences(self) -> list[str]:
        """Which configuration is the best, how certain that is, and how wrong the sweep was."""
        best, *others = self.configurations
        mean = format.objectives([self.metric], [best.mean])
        said = [f"Trial {best.trial} has the best mean: {mean} over {_seeds(best.seeds)}."]
        if best.failed:
            broken = " or broke a constraint" if self.constraints else ""
            said.append(
                f"It failed{broken} with {_seeds(best.failed)}; all others failed with as many or "
                "more."
            )
        if others and self.chance is not None:
            said.append(
                f"The chance that its true mean is better than the one of trial {others[0].trial} "
                f"is {self.chance:.0%}."
            )
        if best.optimism is not None:
            better = "better" if best.optimism >= 0 else "worse"
            said.append(
                f"Its value in the sweep, {format.number(best.value)}, was {better} than its mean "
                f"by {format.number(abs(best.optimism))}."
            )
        return said

    def to_json(self) -> dict[str, Any]:
        """The verdict in values that JSON can hold."""
        return asdict(self)


def verdict_of(
    summary: StudySummary, trials: Trials, preference: Preference | None = None
) -> Verdict:
    """What the trials of a study say about its configurations.

    Raises:
        UsageError: no configuration was fully trained with several seeds, or the study has several
            metrics and no preference.
    """
    scale = scale_of(summary, trials, preference)
    ranked = by_mean(summary, trials, scale)
    if not ranked:
        raise UsageError(nothing_confirmed(summary))
    maximize = scale.direction == "maximize"
    values = numbers_by(trials, scale)
    first_two = [spread for c in ranked[:2] if (spread := c.spread(values)) is not None]
    comparable = len(first_two) == 2 and ranked[0].n_failed == ranked[1].n_failed
    return Verdict(
        study=summary.name,
        metric=scale.name,
        direction=scale.direction,
        is_confirmed=ranked[0].is_confirmed,
        chance=chance_of_order(*first_two, maximize=maximize) if comparable else None,
        constraints=summary.constraints,
        configurations=tuple(_confirmed(summary, trials, ranked, scale)),
    )


def _confirmed(
    summary: StudySummary, trials: Trials, ranked: list[Configuration], scale: Scale
) -> Iterator[Confirmed]:
    values = numbers_by(trials, scale)
    several = trials.values if len(trials.values) > 1 else ()
    for configuration in ranked:
        spread = configuration.spread(values)
        assert spread is not None  # all configurations in `by_mean` have one
        low, high = spread.interval(CONFIDENCE) or (None, None)
        own = Spread.of([values[number] for number in configuration.own])
        measured = [values[number] for number in configuration.own]
        value = median(measured) if summary.aggregate == "median" else own.mean
        yield Confirmed(
            trial=configuration.number,
            value=value,
            mean=spread.mean,
            std=spread.std,
            low=low,
            high=high,
            median=median(values[number] for number in configuration.trials),
            seeds=spread.n,
            failed=configuration.n_failed,
            optimism=scale.sign * (value - spread.mean) if configuration.is_confirmed else None,
            trials=configuration.trials,
            metrics={
                name.removeprefix("values_"): fmean(
                    trials.columns[name][number] for number in configuration.trials
                )
                for name in several
            },
            params=params_of(trials.row(configuration.number)),
        )


def _seeds(n: int) -> str:
    return "1 seed" if n == 1 else f"{n} seeds"
