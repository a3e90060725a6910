"""All of `sweep check`: it builds a trial, varies its params, and trains it a little.

It writes only to a temporary folder. It reads the database, if there is one.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from sweep.engine.choice import make_engine
from sweep.flow.checking.agreement import compare
from sweep.flow.checking.attempts import MOST_SECONDS, Progress
from sweep.flow.checking.checked import Checked, Trial
from sweep.flow.checking.cost import cost_of, kept_checkpoints, trial_of
from sweep.flow.checking.disk import Disk, disk_of, written_in
from sweep.flow.checking.evaluations import UNKNOWN, find_times, what_acts
from sweep.flow.checking.same_study import check_same
from sweep.flow.checking.timing import timing_of
from sweep.flow.checking.trying import Tried, Trying
from sweep.flow.interruption import Interruption
from sweep.flow.launch import as_asked, in_params
from sweep.flow.options import Options
from sweep.flow.resolve import Pace, Resolved, find_pace, resolve
from sweep.folder.layout import StudyFolder
from sweep.folder.pattern import refuse_patterns
from sweep.schedule.base import Whole
from sweep.search.pruners import pruner_kind
from sweep.search.variation import Examples
from sweep.storage.kept_study import KeptStudy, read_kept_study
from sweep.study.loader import LoadedStudy
from sweep.trial.execution import Folders
from sweep.trial.messages import Started


@dataclass(frozen=True)
class _Sweep:
    """The sweep that could start."""

    loaded: LoadedStudy
    folder: StudyFolder
    kept: KeptStudy
    resolved: Resolved
    built: Started
    """How a first trial would be trained."""
    pace: Pace
    n_jobs: int
    loading: float
    """The seconds until its first trial is built."""

    @property
    def n_missing(self) -> int:
        """How many configurations it still has to train, if none continues another."""
        total = self.resolved.total or 0
        is_whole = isinstance(self.resolved.scheduler, Whole)
        return max(0, total - self.kept.n_trials) if is_whole else total

    @property
    def may_end_trials(self) -> bool:
        """Whether a pruner can end trials early."""
        return pruner_kind(self.resolved.pruner) is not None


def check_study(loaded: LoadedStudy, options: Options, progress: Progress) -> Checked:
    """Finds out what is wrong with a study, and what a sweep of it would cost.

    Args:
        loaded: the study.
        options: how it would be swept.
        progress: gets a text that says what is being done.

    Raises:
        SweepError: the study cannot be swept with these options, or a signal came.
    """
    options = in_params(options, loaded.spec)
    loaded = as_asked(loaded, options)
    folder = StudyFolder(Path(options.results), options.name or loaded.name)
    refuse_patterns(folder.folder)
    notices = list(loaded.notices)
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        with interruption.before_trials():
            scratch = Path(
                stack.enter_context(
                    tempfile.TemporaryDirectory(prefix="sweep-check-", dir=_shared(options))
                )
            )
            folders = Folders(scratch / "trained", scratch / "built")
            folders.scratch.mkdir()
            engine = stack.enter_context(
                make_engine(
                    loaded,
                    folders,
                    n_jobs=options.n_jobs,
                    limits=options.limits,
                    inline=False,
                    say=notices.append,
                    ray_cluster=options.ray_cluster,
                )
            )
            kept = read_kept_study(options.storage_url, folder.name)
            check_same(options.storage_url, folder, loaded.spec, kept)
            resolved = resolve(folder.name, options, loaded.spec, kept)
            examples = Examples(loaded.spec.search_space, options.fixed)
            trying = Trying(loaded, folder.name, resolved.seed, examples, engine, folders, progress)
            built = trying.build_first(options.evaluate_every)
            loading = time.time() - psutil.Process().create_time()
            pace = find_pace(resolved, options, built)
            tried = trying.vary_and_train(pace.evaluate_every)
            sweep = _Sweep(loaded, folder, kept, resolved, built, pace, engine.n_slots, loading)
            return _concluded(sweep, tried, (*notices, *resolved.notices))


def _shared(options: Options) -> Path | None:
    """A place for a temporary folder that all machines see, if there are several."""
    if options.ray_cluster is None:
        return None
    results = Path(options.results).absolute()
    return next(folder for folder in (results, *results.parents) if folder.is_dir())


def _concluded(sweep: _Sweep, tried: Tried, notices: tuple[str, ...]) -> Checked:
    """What a sweep would be like, if all its trials are like those that were tried."""
    measured, examined = tried.measured, tried.built.examined
    times, trials = UNKNOWN, list[Trial]()
    for attempt in filter(None, (tried.other, measured)):
        timing = timing_of(attempt)
        if timing is not None:
            times = find_times(attempt, examined, sweep.pace, timing)
            trials.insert(0, trial_of(attempt, timing, times))
    acts, can_act = what_acts(sweep.resolved, sweep.built, times)
    too_long = f"A trial did not end within {MOST_SECONDS:.0f} s and was killed."
    spec = sweep.loaded.spec
    return Checked(
        study=sweep.folder.name,
        metrics=spec.metrics,
        directions=spec.directions,
        constraints=tuple(map(str, sweep.resolved.constraints)),
        trials=tuple(trials),
        cost=cost_of(
            trials,
            sweep.resolved.scheduler,
            sweep.n_missing,
            n_jobs=sweep.n_jobs,
            loading=sweep.loading,
            is_most=sweep.may_end_trials,
        ),
        evaluations=times,
        acts=acts,
        can_act=can_act,
        disk=_disk(sweep, tried),
        arrays=() if examined is None else examined.arrays,
        params=tried.params,
        agreement=None if tried.again is None else compare(measured, tried.again),
        notices=(*notices, *tried.notices, *[too_long][: measured.is_killed]),
    )


def _disk(sweep: _Sweep, tried: Tried) -> Disk:
    """What the sweep writes."""
    measured, examined = tried.measured, tried.built.examined
    timing = timing_of(measured)
    keep = None if examined is None else examined.keep_checkpoint_max
    max_steps = None if measured.started is None else measured.started.max_steps
    is_part = not measured.is_whole and max_steps is not None and measured.last_step > 0
    return disk_of(
        written_in(tried.folder),
        None if timing is None else kept_checkpoints(measured, timing, keep),
        part=measured.last_step / max_steps if is_part and max_steps else 1.0,
        n_trials=sweep.n_missing,
        results=sweep.folder.results,
    )
