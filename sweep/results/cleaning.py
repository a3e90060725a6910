"""What of a study's folder may go, by rule, and its going.

Only checkpoints and event files in the model_dirs of finished trials ever go. What says what a
trial was and how it ended stays, and so do exported models.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from sweep import attrs, events
from sweep.errors import StorageError
from sweep.folder.free import CHECKPOINT_FILES, EVENT_FILES, Freed, find, free
from sweep.folder.layout import StudyFolder
from sweep.results.selection import best_trials
from sweep.results.trials import Trials, trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study


@dataclass(frozen=True)
class Rules:
    """Which trials keep their checkpoints, and whether the others keep their event files."""

    keep: int
    """How many of the best do; of a Pareto front that begins within them, all."""
    drop_events: bool = False


def plan(url: str, paths: StudyFolder, rules: Rules) -> list[Freed]:
    """What the rules free; nothing is touched.

    An unfinished trial keeps all it has, and so does a paused one, which may be continued yet, and
    one that a trial which keeps its checkpoints continues.

    Raises:
        StorageError: there is no such study, the folder is another study's, or a path leads out
            of it.
    """
    return [freed for freed in _look(url, paths, rules, frozenset()) if freed.files]


class KeepBest:
    """Frees by the rules whenever a trial of a running sweep ends.

    Args:
        listener: hears every event first, and a Notice when something cannot be freed.
        url: the database's URL.
        paths: the study's folder.
        rules: what may go.
    """

    def __init__(
        self, listener: events.Listener, url: str, paths: StudyFolder, rules: Rules
    ) -> None:
        self._listener = listener
        self._url = url
        self._paths = paths
        self._rules = rules
        self._bare: set[int] = set()  # the trials in whose folders there is nothing left to free

    def __call__(self, event: events.Event) -> None:
        self._listener(event)
        if isinstance(event, events.TrialEnded):
            self._bare.discard(event.trial.number)
            try:
                found = _look(self._url, self._paths, self._rules, self._bare)
                free(found)
            except StorageError as error:
                self._listener(events.Notice(str(error)))
            else:
                self._bare.update(freed.number for freed in found)


def _look(url: str, paths: StudyFolder, rules: Rules, bare: Set[int]) -> list[Freed]:
    """What the rules let go of each trial, be it nothing; those that are known bare are left out.

    Raises:
        StorageError: as of `plan`.
    """
    engine = open_for_reading(url)
    summary = summarize_study(engine, paths.name)
    trials = trials_of(summary, read_trials(engine, paths.name))
    kept = _kept(summary, trials, rules.keep)
    patterns = CHECKPOINT_FILES + (EVENT_FILES if rules.drop_events else ())
    states, seeds = trials.columns["state"], trials.columns.get(attrs.SEED, {})
    return [
        find(paths, number, states[number], seeds.get(number), patterns)
        for number in trials.numbers
        if number not in kept and number not in bare
    ]


def _kept(summary: StudySummary, trials: Trials, n_best: int) -> set[int]:
    """The numbers of the trials that keep their checkpoints."""
    finished = trials.in_state("COMPLETE", "PRUNED", "FAIL").numbers
    kept = set(trials.numbers) - set(finished) | set(_best(summary, trials, n_best))
    kept |= set(trials.columns.get(attrs.PAUSED_AT, {}))
    sources = trials.columns.get(attrs.CONTINUES, {})
    while (needed := {sources[number] for number in kept & set(sources)}) - kept:
        kept |= needed
    return kept


def _best(summary: StudySummary, trials: Trials, n_best: int) -> list[int]:
    """The first `n_best` complete trials, front by front; a front is taken whole."""
    left = trials.in_state("COMPLETE")
    best: list[int] = []
    while len(best) < n_best and len(left):
        front = best_trials(summary, left).numbers
        best += front
        left = left.only(number for number in left.numbers if number not in front)
    return best
