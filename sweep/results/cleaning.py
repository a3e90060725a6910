"""What of a study's folder may go, by rule, and its going.

Only checkpoints and event files in the model_dirs of finished trials ever go. What says what a
trial was and how it ended stays, and so do exported models.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sweep import events
from sweep.errors import StorageError
from sweep.freeing import CHECKPOINT_FILES, EVENT_FILES, Freed, find, free
from sweep.paths import StudyPaths
from sweep.results.front import Front
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rules:
    """Which trials keep their checkpoints, and whether the others keep their event files."""

    keep: int
    """How many of the best do; of a Pareto front that begins within them, all."""
    drop_events: bool = False


def plan(url: str, paths: StudyPaths, rules: Rules) -> list[Freed]:
    """What the rules free; nothing is touched.

    An unfinished trial keeps all it has, and so does a paused one, which may be continued yet, and
    one that a trial which keeps its checkpoints continues.

    Raises:
        StorageError: there is no such study, the folder is another study's, or a path leads out
            of it.
    """
    # Here, for pandas may start threads, after which a sweep could fork no trials.
    from sweep.results.tables import trials_table

    engine = open_for_reading(url)
    summary = summarize_study(engine, paths.name)
    trials = trials_table(summary, read_trials(engine, paths.name))
    kept = _kept(summary, trials, rules.keep)
    dropped = trials[~trials["number"].isin(kept)]
    patterns = CHECKPOINT_FILES + (EVENT_FILES if rules.drop_events else ())
    found = [
        find(paths, trial["number"], trial["state"], trial.get("seed"), patterns)
        for trial in dropped.to_dict("records")
    ]
    return [freed for freed in found if freed.files]


class KeepBest:
    """Frees by the rules whenever a trial of a running sweep ends.

    Args:
        listener: hears every event first, and a Notice when something cannot be freed.
        url: the database's URL.
        paths: the study's folder.
        rules: what may go.
    """

    def __init__(
        self, listener: events.Listener, url: str, paths: StudyPaths, rules: Rules
    ) -> None:
        self._listener = listener
        self._url = url
        self._paths = paths
        self._rules = rules

    def __call__(self, event: events.Event) -> None:
        self._listener(event)
        if isinstance(event, events.TrialEnded):
            try:
                free(plan(self._url, self._paths, self._rules))
            except StorageError as error:
                self._listener(events.Notice(str(error)))


def _kept(summary: StudySummary, trials: pd.DataFrame, n_best: int) -> set[int]:
    """The numbers of the trials that keep their checkpoints."""
    unfinished = trials.loc[~trials["state"].isin(["COMPLETE", "PRUNED", "FAIL"]), "number"]
    kept = {*_best(summary, trials, n_best), *unfinished}
    if "paused_at" in trials:
        kept |= set(trials.loc[trials["paused_at"].notna(), "number"])
    if "continues" not in trials:
        return kept
    sources = trials.set_index("number")["continues"].dropna()
    while (needed := {int(sources[n]) for n in kept & set(sources.index)}) - kept:
        kept |= needed
    return kept


def _best(summary: StudySummary, trials: pd.DataFrame, n_best: int) -> Collection[int]:
    """The first `n_best` complete trials, front by front; a front is taken whole."""
    from sweep.results.tables import value_columns

    left = trials[trials["state"] == "COMPLETE"].set_index("number")[value_columns(summary)]
    best: list[int] = []
    while len(best) < n_best and len(left):
        front: Front[Any] = Front(summary.directions)
        for number, *point in left.itertuples():
            front.add(number, point)
        best += front.members
        left = left.drop(front.members)
    return best
