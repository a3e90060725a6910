"""What of a study's folder may go, by rule, and its going.

Only checkpoints and event files in the model_dirs of finished trials ever go. What says what a
trial was and how it ended stays, and so do exported models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep import events
from sweep.errors import StorageError
from sweep.paths import StudyPaths, TrialPaths
from sweep.results.selection import best_trials
from sweep.results.trials import Trials, trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import StudySummary, read_trials, summarize_study

# What Estimator needs to restore a model, with the graph and with Keras's first checkpoint.
_CHECKPOINT_FILES = ("checkpoint", "model.ckpt-*", "graph.pbtxt", "keras/*")
_EVENT_FILES = ("**/events.out.tfevents.*",)


@dataclass(frozen=True)
class Rules:
    """Which trials keep their checkpoints, and whether the others keep their event files."""

    keep: int
    """How many of the best do; of a Pareto front that begins within them, all."""
    drop_events: bool = False


@dataclass(frozen=True)
class Freed:
    """What goes of one trial."""

    number: int
    state: str
    files: tuple[Path, ...]
    n_bytes: int
    """Without files that another trial shares by a hard link."""


def plan(url: str, paths: StudyPaths, rules: Rules) -> list[Freed]:
    """What the rules free; nothing is touched.

    An unfinished trial keeps all it has, and so does one that a trial which keeps its checkpoints
    continues.

    Raises:
        StorageError: there is no such study, the folder is another study's, or a path leads out
            of it.
    """
    engine = open_for_reading(url)
    summary = summarize_study(engine, paths.name)
    trials = trials_of(summary, read_trials(engine, paths.name))
    kept = _kept(summary, trials, rules.keep)
    patterns = _CHECKPOINT_FILES + (_EVENT_FILES if rules.drop_events else ())
    found = [
        _freed(paths.trial(number), paths.folder, trials.row(number), patterns)
        for number in trials.numbers
        if number not in kept
    ]
    return [freed for freed in found if freed.files]


def free(planned: Sequence[Freed]) -> None:
    """Removes the files of a plan.

    Raises:
        StorageError: one of them cannot be removed.
    """
    for freed in planned:
        for file in freed.files:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{file} cannot be removed: {error.strerror}.") from error


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


def _kept(summary: StudySummary, trials: Trials, n_best: int) -> set[int]:
    """The numbers of the trials that keep their checkpoints."""
    finished = trials.in_state("COMPLETE", "PRUNED", "FAIL").numbers
    kept = set(trials.numbers) - set(finished) | set(_best(summary, trials, n_best))
    sources = trials.columns.get("continues", {})
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


def _freed(
    paths: TrialPaths, folder: Path, trial: Mapping[str, Any], patterns: Sequence[str]
) -> Freed:
    files = tuple(_files(paths.model_dir, patterns))
    if files and _seed_on_disk(paths) != trial.get("seed"):
        raise StorageError(
            f"{paths.folder} is not the folder of trial {trial['number']} in this database, so "
            "nothing was freed: name the right --results and --storage."
        )
    for file in files:
        if not file.resolve().is_relative_to(folder):
            raise StorageError(
                f"{file} leads out of the study's folder, to {file.resolve()}, so nothing was "
                "freed: put a folder there instead of the link."
            )
    stats = [file.lstat() for file in files]
    n_bytes = sum(stat.st_size for stat in stats if stat.st_nlink == 1)
    return Freed(trial["number"], trial["state"], files, n_bytes)


def _seed_on_disk(paths: TrialPaths) -> int | None:
    """The seed of the trial whose folder this is, by which it is known."""
    try:
        seed: int = json.loads(paths.params.read_text(encoding="utf-8"))["seed"]
    except (OSError, ValueError, KeyError):
        return None
    return seed


def _files(model_dir: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        for found in sorted(model_dir.glob(pattern)):
            if found.is_dir():  # of a checkpoint that was being written
                yield from (file for file in sorted(found.rglob("*")) if not file.is_dir())
            else:
                yield found
