"""Which files of a study's folder can be deleted, by rule.

Only checkpoints and event files in the model_dirs of finished trials are ever deleted. The record
of each trial and its end stays, and so do exported models.
"""

from __future__ import annotations

from dataclasses import dataclass

from sweep import attrs
from sweep.folder.free import CHECKPOINT_FILES, EVENT_FILES, Freed, files_there, find
from sweep.folder.layout import StudyFolder
from sweep.results.configurations import are_several
from sweep.results.ranking import (
    broken_by_configurations,
    by_mean,
    numbers_by,
    scale_of,
    values_of_configurations,
)
from sweep.results.trials import Trials, trials_of
from sweep.schedule.keep import Standing, keepers
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study


@dataclass(frozen=True)
class Rules:
    """Which trials keep their checkpoints, and whether the others keep their event files."""

    keep: int
    """How many of the best trials do; if a Pareto front starts among them, all of it does.

    So do the best configurations by their means, each with the training of the median value, which
    `export --by mean` takes.
    """
    drop_events: bool = False


def plan(url: str, paths: StudyFolder, rules: Rules) -> list[Freed]:
    """What the rules would free; nothing is deleted.

    These trials keep everything: unfinished ones, paused ones that can still be continued, and
    those that a trial with checkpoints continues.

    Raises:
        StorageError: there is no such study, the folder belongs to another study, or a path leads
            out of it.
    """
    engine = open_for_reading(url)
    summary = summarize_study(engine, paths.name)
    trials = trials_of(summary, read_trials(engine, paths.name))
    kept = keepers(_standings(summary, trials, rules.keep), summary.directions, rules.keep)
    patterns = CHECKPOINT_FILES + (EVENT_FILES if rules.drop_events else ())
    states, seeds = trials.columns["state"], trials.columns.get(attrs.SEED, {})
    there = files_there(paths)
    found = [
        find(paths, number, states[number], seeds.get(number), patterns, there)
        for number in trials.numbers
        if number not in kept
    ]
    return [freed for freed in found if freed.files or freed.there]


def _standings(summary: StudySummary, trials: Trials, n_best: int) -> list[Standing]:
    columns = trials.columns
    sources, paused = columns.get(attrs.CONTINUES, {}), columns.get(attrs.PAUSED_AT, {})
    values = values_of_configurations(summary, trials)
    broken = broken_by_configurations(summary, trials)
    best_by_mean = _best_by_mean(summary, trials, n_best)
    return [
        Standing(
            number,
            columns["state"][number],
            values.get(number),
            sources.get(number),
            number in paused or number in best_by_mean,
            not broken.get(number),
        )
        for number in trials.numbers
    ]


def _best_by_mean(summary: StudySummary, trials: Trials, n_best: int) -> set[int]:
    """The trials of the configurations with the best means, and their median trainings."""
    if len(summary.directions) > 1 or not are_several(trials.columns):
        return set()
    scale = scale_of(summary, trials, None)
    values = numbers_by(trials, scale)
    best = by_mean(summary, trials, scale)[:n_best]
    return {number for each in best for number in (each.number, each.middle(values))}
