"""Which trials of a study are the best, by their values or by their means over several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median

from sweep import attrs
from sweep.errors import UsageError
from sweep.results.configurations import (
    MEAN,
    MEDIAN,
    Configuration,
    are_several,
    configurations,
)
from sweep.results.trials import Trials
from sweep.search.constraints import total_excess
from sweep.search.front import front_of, in_order_of_fronts
from sweep.search.preference import Preference, Scale
from sweep.storage.reading import StudySummary

VALUE = "value"


def best_trials(summary: StudySummary, trials: Trials, by: str = VALUE) -> Trials:
    """The best COMPLETE trial, or the Pareto front if the study has several metrics.

    Trials that break a constraint are not among them. A configuration that was trained with several
    seeds is represented by its own trial.

    Args:
        summary: the study.
        trials: its trials.
        by: VALUE, or MEAN of the values with several seeds.

    Raises:
        UsageError: no configuration has several seeds, or the study several metrics.
    """
    if by == MEAN:
        return best_first(summary, trials, 1, by)
    broken = broken_by_configurations(summary, trials)
    values = values_of_configurations(summary, trials)
    kept = {number: point for number, point in values.items() if not broken[number]}
    return trials.only(front_of(kept, summary.directions))


def best_first(
    summary: StudySummary,
    trials: Trials,
    n: int,
    by: str = VALUE,
    preference: Preference | None = None,
) -> Trials:
    """The best `n` COMPLETE trials, the best first; equal trials keep their order.

    Trials that break constraints come last, those that break them the least first.

    Args:
        summary: the study.
        trials: its trials.
        n: how many.
        by: VALUE, or MEAN of the values with several seeds.
        preference: how much each of several metrics counts.

    Raises:
        UsageError: the study has several metrics and no preference, or no configuration has several
            seeds.
    """
    scale = scale_of(summary, trials, preference)
    if by == MEAN:
        configurations_by_mean = by_mean(summary, trials, scale)[:n]
        return trials.only([configuration.number for configuration in configurations_by_mean])
    values = values_of_configurations(summary, trials)
    broken = broken_by_configurations(summary, trials)
    numbers = list(values)
    if len(summary.directions) > 1:  # among equals on the scale, the Pareto-optimal come first
        fronts = in_order_of_fronts(list(values.values()), summary.directions)
        numbers = [numbers[at] for at in fronts]
    ranked = sorted(numbers, key=lambda n: (broken[n], -scale.sign * scale.of(values[n])))
    return trials.only(ranked[:n])


def scale_of(summary: StudySummary, trials: Trials, preference: Preference | None) -> Scale:
    """The scale that turns the values of a trial into one number.

    Raises:
        UsageError: the study has several metrics and no preference, or the preference names a
            metric that it does not have.
    """
    metrics = list(summary.metrics or trials.values)
    if preference is None:
        if len(metrics) > 1:
            raise UsageError(
                f"Study {summary.name!r} has several metrics, so its best trials have no order: "
                f"name a metric, as in --prefer {metrics[0]}, or weigh them, as in "
                f"--prefer {metrics[0]}=2,{metrics[1]}=1."
            )
        preference = Preference({metrics[0]: 1.0})
    broken = broken_by_configurations(summary, trials)
    values = values_of_configurations(summary, trials)
    kept = [point for number, point in values.items() if not broken[number]]
    return preference.scale(metrics, summary.directions, kept)


def numbers_by(trials: Trials, scale: Scale) -> dict[int, float]:
    """The numbers that the COMPLETE trials are compared by."""
    complete = trials.in_state("COMPLETE").numbers
    return {n: scale.of([trials.columns[name][n] for name in trials.values]) for n in complete}


def by_mean(
    summary: StudySummary, trials: Trials, scale: Scale | None = None
) -> list[Configuration]:
    """The configurations, ranked by the means of their values, the best first.

    If any was confirmed, only the confirmed ones. A configuration that failed with fewer seeds is
    better, and so is one that breaks constraints less.

    Raises:
        UsageError: no configuration has several seeds.
    """
    if not are_several(trials.columns):
        raise UsageError(
            f"No configuration of study {summary.name!r} was trained with several seeds, so none "
            f"has a mean: train the best again with `sweep confirm {summary.name}`."
        )
    scale = scale or scale_of(summary, trials, None)
    values = numbers_by(trials, scale)
    there = set(trials.numbers)
    known = [c for c in configurations(trials.columns) if c.number in there and c.trials]
    if any(c.is_confirmed for c in known):
        known = [c for c in known if c.is_confirmed]

    broken = broken_by_configurations(summary, trials)

    def rank(configuration: Configuration) -> tuple[int, float, float]:
        spread = configuration.spread(values)
        assert spread is not None  # it has trials
        is_judged = not configuration.is_confirmed
        excess = broken.get(configuration.number, 0.0) if is_judged else 0.0
        return configuration.n_failed, excess, -scale.sign * spread.mean

    return sorted(known, key=rank)


def training_by_mean(
    summary: StudySummary, trials: Trials, which: str, preference: Preference | None = None
) -> int:
    """A trial of the configuration with the best mean.

    Args:
        summary: the study.
        trials: its trials.
        which: "median" or "best" of the configuration's trainings; if two are in the middle, the
            median is the one that started first.
        preference: how much each of several metrics counts.

    Raises:
        UsageError: no configuration has several seeds, or the study has several metrics and no
            preference.
    """
    scale = scale_of(summary, trials, preference)
    ranked = by_mean(summary, trials, scale)
    if not ranked:
        raise UsageError(nothing_confirmed(summary))
    values = numbers_by(trials, scale)
    if which == MEDIAN:
        return ranked[0].middle(values)
    best = max if scale.direction == "maximize" else min
    return best(ranked[0].trials, key=values.__getitem__)


def values_of_configurations(summary: StudySummary, trials: Trials) -> dict[int, list[float]]:
    """The values that each configuration's own COMPLETE trial counts with; confirming trials do
    not count."""
    measured = {
        number: [trials.columns[column][number] for column in trials.values]
        for number in trials.in_state("COMPLETE").numbers
    }
    return _come_to(summary, trials, measured)


def broken_by_configurations(summary: StudySummary, trials: Trials) -> dict[int, float]:
    """How much each configuration breaks constraints; 0 if it keeps them."""
    complete = trials.in_state("COMPLETE").numbers
    if not trials.excesses:
        return dict.fromkeys(complete, 0.0)
    excesses = {number: trials.excesses.get(number, ()) for number in complete}
    return {n: total_excess(own) for n, own in _come_to(summary, trials, excesses).items()}


def _come_to(
    summary: StudySummary, trials: Trials, measured: Mapping[int, Sequence[float]]
) -> dict[int, list[float]]:
    """The combined measurements of each configuration's trials, by its own trial, in order."""
    further = {*trials.columns.get(attrs.CONFIRMS, {}), *trials.columns.get(attrs.REPEATS, {})}
    found = {number: list(own) for number, own in measured.items() if number not in further}
    if not trials.columns.get(attrs.REPEATS):
        return found
    come_to = median if summary.aggregate == MEDIAN else fmean
    for configuration in configurations(trials.columns):
        of_all = [measured[n] for n in configuration.own if n in measured]
        for number in configuration.own:
            if number in found:
                found[number] = [come_to(each) for each in zip(*of_all, strict=False)]
    return found


def none_complete(summary: StudySummary) -> str:
    """A sentence that says that no trial is the best yet."""
    kept = f" and keeps {' and '.join(summary.constraints)}" if summary.constraints else ""
    return f"No trial of {summary.name} is complete{kept} yet."


def nothing_confirmed(summary: StudySummary) -> str:
    """A sentence that says that no configuration has a mean yet."""
    kept = " and keeps its constraints" if summary.constraints else ""
    return f"No training that confirms study {summary.name!r} is complete{kept} yet."
