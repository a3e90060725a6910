"""From a study and options to a sweep that can start: all checks before anything is written.

The order matters. The engine is made right after the imports, because it may fork. It builds a
first trial while this process reads the database. Only then does the sweep write to the study.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sweep import attrs, events, location
from sweep.engine.base import Engine
from sweep.engine.choice import make_engine
from sweep.flow.adoption import adopt_unknown
from sweep.flow.first_trial import MOST_EXAMPLES, FirstTrial
from sweep.flow.interruption import Interruption
from sweep.flow.keywords import check_keywords, told_in_a_sentence
from sweep.flow.loop import Sweep
from sweep.flow.options import Options
from sweep.flow.prepare import enqueue_for, prepare_study
from sweep.flow.recovery import take_up
from sweep.flow.resolve import Resolved, find_pace, resolve
from sweep.flow.swept import SweptStudy
from sweep.flow.upkeep import Upkeep, upkeep_of
from sweep.folder.layout import RESULTS, StudyFolder, TrialFolder
from sweep.folder.pattern import refuse_patterns
from sweep.listeners.audience import Audience
from sweep.program.space import FlagSpace
from sweep.schedule.base import Whole
from sweep.schedule.confirmation import Confirming
from sweep.schedule.enough import Enough
from sweep.schedule.leg import WHOLE, Leg
from sweep.schedule.plan import Plan
from sweep.schedule.repeats import Repeated
from sweep.search.constraints import Declared
from sweep.search.repeatable import check_repeatable
from sweep.search.space import check_given, example_params
from sweep.storage.backlog import Say, patiently
from sweep.storage.database import open_for_sweep
from sweep.storage.kept_study import KeptStudy, read_kept_study
from sweep.storage.known_program import find_known
from sweep.storage.lock import sole_sweep
from sweep.storage.study import AskedStudy
from sweep.study.cluster import Cluster
from sweep.study.loader import LoadedStudy, refuse_while_loading, take_study
from sweep.study.spec import StudySpec
from sweep.trial.execution import Folders, Runner

_FIRST_TRIAL = (
    "The check of the study, which builds the graphs of a first trial,",
    "Its `build`, an input_fn or a model_fn is slow. An interrupt ends the sweep.",
)

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from sweep.flow.extension import Extension
    from sweep.schedule.base import Continuing, Scheduler
    from sweep.schedule.confirmation import Confirmation
    from sweep.schedule.repeats import Repeats


@told_in_a_sentence
def run(
    study: StudySpec | str | Path,
    *,
    listener: events.Listener | Sequence[events.Listener] | None = None,
    n_trials: int | None = None,
    n_jobs: int | None = None,
    seed: int | None = None,
    name: str | None = None,
    results: str | Path = RESULTS,
    storage: str | None = None,
    sampler: str | BaseSampler | None = None,
    pruner: str | BasePruner | None = None,
    evaluate_every: int | None = None,
    scheduler: Scheduler | None = None,
    extension: Extension | None = None,
    confirmation: Confirmation | None = None,
    repeats: int | Repeats | None = None,
    duplicates: str = "avoid",
    patience: int | None = None,
    max_failed: int | None = None,
    target: float | None = None,
    total_steps: int | None = None,
    retry: str | None = None,
    retries: int = 2,
    keep: int | None = None,
    inline: bool = False,
    cluster: Cluster | None = None,
    engine: str = "local",
    address: str | None = None,
    cpus_per_trial: float | None = None,
    gpus_per_trial: float | None = None,
    trial_timeout: float | None = None,
    stall_timeout: float | None = None,
    memory_limit: int | None = None,
    timeout: float | None = None,
    constraints: Declared = (),
    prefer: str | None = None,
    begin_with: str | None = None,
    fixed: Mapping[str, Any] = MappingProxyType({}),
    enqueue: Sequence[Mapping[str, Any]] = (),
) -> optuna.Study:
    """Sweeps a study until it has its trials, and returns the Optuna study.

    Args:
        study: a StudySpec, the path of a study file, or the name of one in `studies/`.
        listener: a function, or several, that gets every event of the sweep (see `sweep.events`).
            `sweep.NotebookView` shows the sweep in a notebook; `sweep.MLflowListener` and
            `sweep.WandbListener` log each trial as a run.
        n_trials: how many trials the study gets in total; None takes the study file's.
        n_jobs: how many trials run at a time; None is one for each GPU, or for each core if there
            is no GPU.
        seed: the study's seed; None keeps the seed of an existing study, or draws one.
        name: the study's name; None takes the name of the study file.
        results: the folder of the database and of the trials' folders, or its URL.
        storage: the URL of the database; None is studies.db in the results folder.
        sampler: an Optuna sampler or its name; None takes the study file's, or Optuna's default.
        pruner: an Optuna pruner or its name; None takes the study file's, or prunes nothing.
        evaluate_every: steps between the evaluations of a trial; None evaluates as often as the
            pruner needs, or as the study says.
        scheduler: `sweep.Rungs` or a `sweep.Population`; None takes the one that the study was
            started with, or the study file's, or trains every trial to its end at once.
        extension: trains the best trials further, instead of adding trials.
        confirmation: `sweep.Confirmation(top, seeds)` trains the best configurations again with
            other seeds, instead of adding trials.
        repeats: how many seeds to train each configuration with, or a `sweep.Repeats`, which also
            says how their values are combined; None is as in earlier sweeps of the study, or as in
            its file.
        duplicates: "avoid" samples other params if the proposed ones were tried already; "allow"
            tries them again with another seed.
        patience: start no more trials when this many have ended since the best one.
        max_failed: start no more trials when this many of this run have failed.
        target: start no more trials when a complete one is as good as this value.
        total_steps: start no more trials when all together have trained for this many steps.
        retry: retries failed trials instead of adding trials: those whose failure starts with this
            text, as in "out of memory"; "" retries all.
        retries: how many more attempts a trial gets after it loses its process.
        keep: how many of the best trials keep their checkpoints while the sweep runs; None is all.
        inline: runs trials in this process, one at a time, to debug or profile them.
        cluster: the tasks of each trial (see `sweep.Cluster`); None takes the study file's, or one
            process for each trial.
        engine: "local" runs trials on this machine, "ray" on the nodes of a Ray cluster.
        address: the head of the Ray cluster, as HOST:PORT; None is the cluster that Ray finds.
        cpus_per_trial: how many CPUs of its Ray node a trial gets; None is 1. If no node has as
            many, the tasks of a cluster are spread over several.
        gpus_per_trial: how many GPUs of its Ray node a trial gets; with less than 1, trials share
            a GPU; None is 0.
        trial_timeout: the most seconds that one attempt at a trial can run.
        stall_timeout: the most seconds that an attempt can run without a change of global_step.
        memory_limit: the most bytes of memory that one attempt can use, including the processes
            that it starts.
        timeout: start no more trials after this many seconds; running trials continue to their
            end.
        constraints: limits on metrics of a trial's evaluation, as in {"latency": "<= 20"}; if
            empty, those that the study was started with, or its file's.
        prefer: the metric by which an extension or a confirmation of a study with several metrics
            chooses the best, as in "accuracy", or weights, as in "accuracy=2,loss=1".
        begin_with: a study of the same database; its ended trials are copied into this one if they
            fit.
        fixed: params to hold at one value.
        enqueue: params to try first; params that are left out are sampled.

    Raises:
        SweepError: something that a person can fix; the message says what and how.
    """
    given = dict(locals())
    check_keywords(given)
    del given["study"], given["listener"]
    refuse_while_loading()
    options = Options(**given).anchored()
    known = find_known(study, options.name, options.url_to_read)
    options = replace(options, name=known.name)
    listeners = [listener] if callable(listener) else listener or ()
    with Audience(*listeners) as audience:
        return sweep_study(take_study(known.study), options, audience)


def sweep_study(
    loaded: LoadedStudy,
    options: Options,
    listener: events.Listener,
    runner: Runner | None = None,
) -> AskedStudy:
    """Sweeps a loaded study; see `run`.

    `runner` replaces Estimator, to try out or to measure the sweep alone: it gets the order of each
    attempt. It needs forking, or `inline`.
    """

    def say(text: str) -> None:
        listener(events.Notice(text))

    options = in_params(options, loaded.spec)
    loaded = as_asked(loaded, options)
    folder = StudyFolder(Path(options.results), options.name or loaded.name)
    refuse_patterns(folder.folder)
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        with interruption.before_trials():
            url = options.storage_url
            upkeep = stack.enter_context(upkeep_of(folder, url, interruption, say))
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            engine = stack.enter_context(
                make_engine(
                    loaded,
                    Folders(folder.results, scratch),
                    n_jobs=options.n_jobs,
                    limits=options.limits,
                    inline=options.inline,
                    say=say,
                    runner=runner,
                    ray_cluster=options.ray_cluster,
                    uploads=upkeep.uploads,
                    is_shared=upkeep.is_shared,
                )
            )
            with _hurried(loaded, interruption, say):
                first = _first_trial(loaded.spec, folder.name, options, engine, scratch)
            first.begin()
            swept = _made_ready(loaded, folder, options, first, interruption, stack, upkeep, say)
            upkeep.begin()
            plan = _plan(swept)
        Sweep(swept, engine, plan, interruption, listener).run()
    return swept.study


def _made_ready(
    loaded: LoadedStudy,
    folder: StudyFolder,
    options: Options,
    first: FirstTrial,
    interruption: Interruption,
    stack: ExitStack,
    upkeep: Upkeep,
    say: Say,
) -> SweptStudy:
    """Resolves the options while a first trial is built, then locks and opens the study."""
    spec, url = loaded.spec, options.storage_url
    kept = patiently(lambda: read_kept_study(url, folder.name), say)
    with _hurried(loaded, interruption, say):
        resolved = resolve(folder.name, options, spec, kept)
    storage = patiently(lambda: open_for_sweep(url), say)
    first.wait_for_slot()
    with interruption.told_if_slow(say, *_FIRST_TRIAL):
        built = first.finish()
    pace = find_pace(resolved, options, built)
    stack.enter_context(sole_sweep(url, folder.name))
    now = patiently(lambda: read_kept_study(url, folder.name), say)
    if now != kept:  # another sweep has changed it in the meantime
        resolved = resolve(folder.name, options, spec, now)
        pace = find_pace(resolved, options, built)
    patiently(lambda: adopt_unknown(storage, folder, say), say)
    study = patiently(lambda: prepare_study(storage, loaded, folder, options, resolved, say), say)
    study.pruner = pace.pruner
    patiently(lambda: take_up(study, spec.metrics, folder, (), say), say)
    remarks = (f"Every trial{remark}" for remark in first.remarks)
    for notice in (*loaded.notices, *_edited(loaded, now), *resolved.notices, *remarks):
        say(notice)
    return SweptStudy(study, loaded, folder, options, resolved, pace, upkeep)


def _edited(loaded: LoadedStudy, kept: KeptStudy) -> Iterator[str]:
    """A notice if a study with trials continues with another version of its file or program."""
    before = kept.attrs.get(attrs.STUDY_SHA256)
    if kept.n_trials and loaded.file is not None and before not in (None, loaded.sha256):
        yield (
            f"{loaded.spec.program or location.short(loaded.file)} has changed since the study's "
            "last trials ran: the values of new trials may not be comparable with theirs."
        )


def in_params(options: Options, spec: StudySpec) -> Options:
    """The same options, with values for a program's flags turned into params of the study."""
    space = spec.search_space
    if not isinstance(space, FlagSpace):
        return options
    enqueue = tuple(map(space.params, options.enqueue))
    return replace(options, fixed=space.params(options.fixed), enqueue=enqueue)


def as_asked(loaded: LoadedStudy, options: Options) -> LoadedStudy:
    """The study with the options that replace what its file declares."""
    spec = loaded.spec
    if options.cluster is not None:
        spec = replace(spec, cluster=options.cluster)
    if options.constraints:
        spec = replace(spec, constraints=options.constraints)
    return replace(loaded, spec=spec)


def _hurried(
    loaded: LoadedStudy, interruption: Interruption, say: Say
) -> AbstractContextManager[None]:
    """Reports a search space that is slow."""
    space = f"`search_space` ({location.of_function(loaded.spec.search_space)})"
    return interruption.told_if_slow(say, space, "An interrupt ends the sweep.")


def _first_trial(
    spec: StudySpec, name: str, options: Options, engine: Engine, scratch: Path
) -> FirstTrial:
    check_repeatable(spec.search_space)
    check_given(spec.search_space, options.fixed, "--param")  # otherwise the examples would raise
    examples = example_params(spec.search_space, MOST_EXAMPLES, options.fixed)
    folder, every = TrialFolder(scratch), options.evaluate_every
    return FirstTrial(engine, name, spec, examples, folder, every, _leg(options))


def _leg(options: Options) -> Leg:
    """Which part of a training the trials do, as far as the options say."""
    return WHOLE if options.extension is None else Leg(max_steps=options.extension.max_steps)


def _plan(swept: SweptStudy) -> Plan:
    options, resolved, total = swept.options, swept.resolved, swept.resolved.total
    if total is None:
        total = enqueue_for(swept.study, resolved.objective, options, swept.folder)
    return Plan(
        _continuing(resolved, options),
        Enough(options.patience, options.target, options.total_steps),
        total,
        resolved.objective,
        repeats=resolved.repeats,
    )


def _continuing(resolved: Resolved, options: Options) -> Continuing:
    """The scheduler that says what to train besides new configurations."""
    if options.extension is not None:
        return Whole()
    if options.confirmation is not None:
        return Confirming(options.confirmation, resolved.repeats)
    if resolved.repeats.n > 1:
        return Repeated(resolved.scheduler, resolved.repeats, resolved.share_repeated)
    return resolved.scheduler
