"""What a confirmation has come to: the configurations by their means, and how sure that is."""

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
    """What the sweep has measured: of one training, or what several have come to."""
    mean: float
    std: float | None
    """None with one seed, and so is the interval."""
    low: float | None
    high: float | None
    """Between which the true mean lies with CONFIDENCE, by Student's t."""
    median: float
    seeds: int
    """With how many it was trained to its end."""
    failed: int
    """With how many it has failed."""
    optimism: float | None
    """By how much the sweep's value was better than the mean; negative where it was worse. None
    where the value is one of those in the mean."""
    trials: tuple[int, ...]
    """The trials of the mean."""
    metrics: dict[str, float]
    """The mean of each metric, where there are several."""
    params: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """Configurations that were trained with several seeds, the best first."""

    study: str
    metric: str
    """What is compared: the metric, or of several the weighting that is preferred."""
    direction: str
    is_confirmed: bool
    """Whether the seeds had no part in choosing them."""
    chance: float | None
    """How likely the true means of the first two are in this order; None where that is unknown."""
    constraints: tuple[str, ...]
    """What each training must keep that counts."""
    configurations: tuple[Confirmed, ...]

    def sentences(self) -> list[str]:
        """Which configuration is the best, how sure that is, and how far the sweep was wrong."""
        best, *others = self.configurations
        mean = format.objectives([self.metric], [best.mean])
        said = [f"Trial {best.trial} is the best by its mean: {mean} over {_seeds(best.seeds)}."]
        if best.failed:
            broken = " or broken a constraint" if self.constraints else ""
            said.append(
                f"With {_seeds(best.failed)} it has failed{broken}, as all others with as many or "
                "more."
            )
        if others and self.chance is not None:
            said.append(
                f"The chance that its true mean is better than that of trial {others[0].trial} is "
                f"{self.chance:.0%}."
            )
        if best.optimism is not None:
            better = "better" if best.optimism >= 0 else "worse"
            said.append(
                f"The sweep's own value, {format.number(best.value)}, was {better} than that by "
                f"{format.number(abs(best.optimism))}."
            )
        return said

    def to_json(self) -> dict[str, Any]:
        """The same in plain values."""
        return asdict(self)


def verdict_of(
    summary: StudySummary, trials: Trials, preference: Preference | None = None
) -> Verdict:
    """What the trials of a study say of its configurations.

    Raises:
        UsageError: no configuration was trained with several seeds to the end, or the study has
            several metrics, and nothing is preferred.
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
        assert spread is not None  # `by_mean` names those that have one
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
