"""How a study is swept, decided once from the options, its file, and what the database kept.

All checks of options that need no process and no lock are here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from sweep import attrs
from sweep.errors import UsageError
from sweep.flow.constrained import find_constraints, ignored_constraints
from sweep.flow.going_on import other_cluster, other_program
from sweep.flow.options import Options
from sweep.flow.several_seeds import check_confirmation, find_repeats
from sweep.schedule.base import Scheduler, Whole
from sweep.schedule.kept import agree, check_steps, describe, shortfall
from sweep.schedule.objective import Objective
from sweep.schedule.population import Population
from sweep.schedule.repeats import Repeats
from sweep.schedule.replay import Replay
from sweep.schedule.rungs import Rungs
from sweep.search.constraints import Constraint
from sweep.search.evaluation_interval import TrialSteps, find_steps
from sweep.search.preference import Preference
from sweep.search.pruners import check_pruner, make_pruner, pruner_kind
from sweep.search.samplers import GRID, check_sampler, is_grid, make_sampler, reads_pruned
from sweep.search.seeds import draw_seed, sampler_seed
from sweep.search.space import check_given, check_grid, check_names
from sweep.storage.kept_study import KeptStudy
from sweep.study.spec import StudySpec
from sweep.trial.messages import Started


@dataclass(frozen=True)
class Resolved:
    """How a study is swept."""

    seed: int
    """The study's seed."""
    sampler: BaseSampler
    sampler_reads_pruned: bool
    """Whether the sampler learns from paused trials."""
    sampler_has_end: bool
    """Whether the sampler tries every combination once."""
    objective: Objective
    """What the study searches for."""
    scheduler: Scheduler
    repeats: Repeats
    """How many seeds each configuration is trained with."""
    constraints: tuple[Constraint, ...]
    """The limits on the metrics of its trials."""
    pruner: str | BasePruner | None
    """The chosen pruner; it is made once it is known how trials are evaluated (see `Pace`)."""
    total: int | None
    """How many configurations the study gets; None is as many as are enqueued for it."""
    notices: tuple[str, ...]
    """What a person should know before the sweep starts."""

    @property
    def share_repeated(self) -> float:
        """Which share of the fully trained configurations gets further seeds.

        On rungs, as many as a rung promotes; with a pruner, the better half; otherwise all.
        """
        if isinstance(self.scheduler, Rungs):
            return 1 / self.scheduler.reduction_factor
        return 1.0 if pruner_kind(self.pruner) is None else 0.5


@dataclass(frozen=True)
class Pace:
    """How often the trials of a study are evaluated, and which of them end early."""

    evaluate_every: int | None
    """Steps between the evaluations of a trial; None leaves it to the study."""
    pruner: BasePruner


def resolve(name: str, options: Options, spec: StudySpec, kept: KeptStudy) -> Resolved:
    """Decides how the study called `name` is swept.

    Args:
        name: the name of the study.
        options: what is asked for.
        spec: what its file declares.
        kept: what it was swept with before.

    Raises:
        UsageError: the options are not possible, or do not fit the study.
    """
    _check_totals(spec, options)
    if options.confirmation is not None:
        check_confirmation(name, spec, options, kept)
    scheduler, notice = _scheduler(name, options, spec, kept)
    repeats = find_repeats(options, spec, kept, scheduler)
    constraints, other_constraints = find_constraints(name, options, spec, kept)
    seed = _seed(name, options, kept)
    sampler = options.sampler or spec.sampler
    _check_space(spec, options, sampler, scheduler)
    pruner = options.pruner or (spec.pruner if isinstance(scheduler, Whole) else None)
    check_pruner(pruner, len(spec.metrics))
    check_sampler(sampler, len(spec.metrics))
    total = _total(scheduler, options, spec)
    lacking = None if total is None else shortfall(scheduler, total)
    notices = (
        notice,
        other_constraints,
        ignored_constraints(options, spec) if constraints else None,
        other_program(name, spec, kept),
        other_cluster(name, spec, kept),
        lacking,
    )
    return Resolved(
        seed=seed,
        sampler=make_sampler(sampler, sampler_seed(seed, kept.n_trials), options.fixed),
        sampler_reads_pruned=reads_pruned(sampler),
        sampler_has_end=is_grid(sampler),
        objective=Objective(spec.metrics, spec.directions, options.preference),
        scheduler=scheduler,
        repeats=repeats,
        constraints=constraints,
        pruner=pruner,
        total=total,
        notices=tuple(filter(None, notices)),
    )


def find_pace(resolved: Resolved, options: Options, built: Started) -> Pace:
    """Decides how trials are evaluated, from one that was built with these options.

    Raises:
        UsageError: the scheduler or the pruner could not act on these trials.
    """
    if built.loops:
        _check_loop(resolved, options)
        return Pace(None, make_pruner(resolved.pruner, TrialSteps()))
    steps = find_steps(
        built.max_steps,
        built.save_checkpoints_steps,
        built.save_checkpoints_secs,
        wanted=options.evaluate_every,
        pruner=pruner_kind(resolved.pruner),
    )
    check_steps(resolved.scheduler, steps.max_steps)
    return Pace(steps.evaluate_every, make_pruner(resolved.pruner, steps))


def _check_loop(resolved: Resolved, options: Options) -> None:
    """Checks that the options ask for nothing that a program with its own loop cannot do."""
    divided = {"An extension": options.extension is not None}
    divided |= {describe(resolved.scheduler): not isinstance(resolved.scheduler, Whole)}
    for what, is_asked in divided.items():
        if is_asked:
            raise UsageError(
                f"{what} cannot work: the program trains in its own loop, and only a call of "
                "train_and_evaluate with max_steps can be divided. Leave it out, or use a pruner, "
                "which acts on the program's own evaluations."
            )
    if options.evaluate_every is not None:
        raise UsageError(
            f"--evaluate-every asks for an evaluation every {options.evaluate_every} steps, but "
            "the program evaluates in its own loop: leave --evaluate-every out."
        )


def _total(scheduler: Scheduler, options: Options, spec: StudySpec) -> int | None:
    if options.adds_none:
        return None
    return scheduler.n_configurations or options.n_trials or spec.n_trials


def _check_totals(spec: StudySpec, options: Options) -> None:
    """Checks that the options that say how much to do fit together."""
    if options.n_trials is not None and options.n_trials < 1:
        raise UsageError(f"A study needs at least one trial, but got n_trials={options.n_trials}.")
    if options.extension is not None and (options.enqueue or options.fixed or options.begin_with):
        raise UsageError(
            "An extension trains the best trials with their own params: leave --enqueue, --param "
            "and --from out."
        )
    if options.extension is not None or options.confirmation is not None:
        _check_preference(spec, options.preference)
    elif options.prefer is not None:
        raise UsageError(
            f"prefer={options.prefer!r} chooses what an extension or a confirmation trains, but "
            "there is none: leave it out."
        )
    if options.target is not None and not math.isfinite(options.target):
        raise UsageError(f"No trial can reach a --target of {options.target}: give a number.")
    if len(spec.metrics) > 1 and (options.patience, options.target) != (None, None):
        raise UsageError(
            f"--patience and --target need a single metric, but this study has "
            f"{len(spec.metrics)} metrics: use --trials, --timeout or --total-steps."
        )


def _check_preference(spec: StudySpec, preference: Preference | None) -> None:
    """Checks that it is clear which trials of a study are the best."""
    if preference is not None:
        preference.scale(spec.metrics, spec.directions, ())  # raises for an unknown metric
    elif len(spec.metrics) > 1:
        first, second, *_ = spec.metrics
        raise UsageError(
            f"The study has {len(spec.metrics)} metrics, so it is not clear which trials are the "
            f"best: name a metric, as in --prefer {first}, or weigh them, as in --prefer "
            f"{first}=2,{second}=1."
        )


def _seed(name: str, options: Options, kept: KeptStudy) -> int:
    recorded = kept.attrs.get(attrs.SEED)
    if recorded is None:
        return draw_seed() if options.seed is None else options.seed
    if options.seed not in (None, recorded):
        raise UsageError(
            f"Study {name!r} was started with seed {recorded}, not {options.seed}: leave --seed "
            "out to continue it, or start another study with --name."
        )
    return int(recorded)


def _scheduler(
    name: str, options: Options, spec: StudySpec, kept: KeptStudy
) -> tuple[Scheduler, str | None]:
    """The study's scheduler, and a notice if its file now declares another."""
    known = kept.attrs.get(attrs.SCHEDULER, {})
    chosen = options.scheduler or (None if known else spec.scheduler)
    for wanted in filter(None, (chosen, spec.scheduler)):
        _check_kind(wanted)
    scheduler = agree(name, chosen, known, has_trials=kept.n_trials > 0)
    if not isinstance(scheduler, Whole):
        _check_scheduler(scheduler, spec, options, name)
    declared = spec.scheduler if options.scheduler is None else None
    if declared is None or declared.to_json() == scheduler.to_json():
        return scheduler, None
    return scheduler, (
        f"Study {name!r} continues with {describe(scheduler)}, as it was started. The study file "
        f"now says {describe(declared)}, which only a new study would use."
    )


def _check_kind(scheduler: object) -> None:
    if not isinstance(scheduler, Rungs | Population | Replay):
        raise UsageError(
            f"A scheduler must be sweep.Rungs(…) or sweep.Population(…), but got {scheduler!r}."
        )


def _check_scheduler(scheduler: Scheduler, spec: StudySpec, options: Options, name: str) -> None:
    """Checks that a scheduler fits the study and the other options."""
    if options.pruner not in (None, "none"):
        raise UsageError(
            f"With {describe(scheduler)}, trials already end early, and a pruner has nothing to "
            "do: leave one of them out."
        )
    if len(spec.metrics) > 1 and not isinstance(scheduler, Rungs):
        raise UsageError(
            f"A population needs a single metric to decide which members are copied, but the "
            f"study has {len(spec.metrics)} metrics: use rungs, which take several."
        )
    n_members = scheduler.n_configurations
    if n_members is not None and options.n_trials not in (None, n_members):
        raise UsageError(
            f"With {describe(scheduler)}, study {name!r} has {n_members} configuration"
            f"{'s' * (n_members > 1)}, but got n_trials={options.n_trials}: leave --trials out."
        )
    if n_members is not None and options.begin_with is not None:
        raise UsageError(
            f"With {describe(scheduler)}, the study must train all of them itself, and cannot "
            f"copy trials of {options.begin_with!r}: leave --from out."
        )
    if isinstance(scheduler, Population):
        check_names(spec.search_space, scheduler.explore, "--explore")
        _check_held(scheduler, options)


def _check_held(population: Population, options: Options) -> None:
    for name in options.fixed:
        if name in population.explore or not population.explore:
            raise UsageError(
                f"--param holds {name}, which the population varies: name the params to vary, "
                f"without {name}, with --explore."
            )


def _check_space(
    spec: StudySpec, options: Options, sampler: str | BaseSampler | None, scheduler: Scheduler
) -> None:
    """Checks that the sampler and the given params fit the search space."""
    if is_grid(sampler) and options.fixed:
        raise UsageError(
            "A grid tries every combination, which --param cannot narrow: narrow the search space "
            "in the study file, or choose another sampler."
        )
    if is_grid(sampler) and isinstance(scheduler, Population):
        raise UsageError(
            "A grid can end before a population has all of its members: leave out either the "
            "sampler or the population."
        )
    if sampler == GRID:
        check_grid(spec.search_space)
    check_given(spec.search_space, options.fixed, "--param")
    for params in options.enqueue:
        check_given(spec.search_space, params, "--enqueue")
        for name in params.keys() & options.fixed.keys():
            raise UsageError(
                f"--enqueue gives {name}={params[name]!r}, but --param holds it at "
                f"{options.fixed[name]!r}: leave one of them out."
            )
