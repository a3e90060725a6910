"""What a study declares: StudySpec, and the TrialSpec that its `build` returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sweep import location
from sweep.errors import StudyError, UsageError
from sweep.estimator.trial_spec import TrialSpec
from sweep.program.program import Program
from sweep.search.constraints import Constraint, Declared, are_texts, parse_constraints
from sweep.study.cluster import Cluster
from sweep.wording import counted

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from sweep.schedule.base import Scheduler
    from sweep.schedule.repeats import Repeats

DIRECTIONS = ("maximize", "minimize")


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """A sweep: what to search, how to build one trial, and which metric decides.

    Args:
        search_space: suggests one set of params from an `optuna.Trial`.
        build: makes a TrialSpec from params and this trial's `tf.estimator.RunConfig`.
        program: instead of `build`, a program that trains and evaluates an Estimator itself; the
            params are its flags.
        metric: the evaluation metric that is the trial's value; several metrics make the study
            multi-objective.
        direction: "maximize" or "minimize", one for each metric.
        constraints: limits on metrics of an evaluation, as in {"latency": "<= 20"}; several limits
            on one metric are a list. A trial that breaks one is never the best.
        n_trials: the study's total number of trials if the command gives none.
        save_checkpoints_steps: steps between checkpoints, and so the smallest distance between two
            evaluations; None keeps Estimator's interval of 600 seconds.
        sampler: an Optuna sampler or its name on the command line; None is Optuna's default.
        pruner: an Optuna pruner or its name on the command line; None prunes nothing.
        scheduler: `sweep.Rungs` or a `sweep.Population`; None trains every trial to its end
            without a break.
        repeats: how many seeds each configuration is trained with. Its value is the mean over them,
            or what a `sweep.Repeats` says.
        cluster: the tasks of each trial; None is one process without a cluster.
        serving_input_receiver_fn: the input of an exported model, as for
            `Estimator.export_saved_model`; None takes the features of the evaluation's
            input_fn.
        lift_arrays: whether large arrays that the input_fns put into the graph are kept in memory
            instead.
        keep_evaluation_graph: whether a trial makes all its evaluations with one graph and one
            session. It does so only where the metrics are the same as with a new graph each time.
        write_graph: whether a trial writes its graph, as Estimator does by default: for
            TensorBoard's graph tab, into graph.pbtxt, and into a .meta beside every checkpoint.
        require_max_steps: whether a trial fails if its data ends before max_steps. Estimator
            treats that as a normal end.

    Raises:
        StudyError: a field has the wrong type or value.
    """

    search_space: Callable[[optuna.Trial], Mapping[str, Any]]
    build: Callable[[dict[str, Any], Any], TrialSpec] | None = None
    program: Program | None = None
    metric: str | Sequence[str]
    direction: str | Sequence[str]
    constraints: Declared = ()
    n_trials: int = 20
    save_checkpoints_steps: int | None = None
    sampler: BaseSampler | str | None = None
    pruner: BasePruner | str | None = None
    scheduler: Scheduler | None = None
    repeats: int | Repeats = 1
    cluster: Cluster | None = None
    serving_input_receiver_fn: Callable[[], Any] | None = None
    lift_arrays: bool = True
    keep_evaluation_graph: bool = True
    write_graph: bool = False
    require_max_steps: bool = False

    def __post_init__(self) -> None:
        for field, (holds, meaning) in _RULES.items():
            if not holds(self):
                raise StudyError(
                    f"StudySpec's `{field}` must be {meaning}, but got {getattr(self, field)!r}."
                )
        for field, arguments in _ARGUMENTS.items():
            _refuse_other_arguments(field, getattr(self, field), arguments)
        if len(self.metrics) != len(self.directions):
            raise StudyError(
                f"StudySpec has {counted(len(self.metrics), 'metric')} {list(self.metrics)} but "
                f"{counted(len(self.directions), 'direction')} {list(self.directions)}: "
                "give one direction for each metric."
            )

    @property
    def where(self) -> str:
        """Where the code that makes its model is, for messages."""
        return str(self.program) if self.build is None else location.of_function(self.build)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics' names, always as a tuple."""
        return (self.metric,) if isinstance(self.metric, str) else tuple(self.metric)

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions, always as a tuple, in the order of `metrics`."""
        return (self.direction,) if isinstance(self.direction, str) else tuple(self.direction)

    @property
    def bounds(self) -> tuple[Constraint, ...]:
        """The constraints, always as a tuple, in their order."""
        return parse_constraints(self.constraints)

    @property
    def needed_metrics(self) -> tuple[str, ...]:
        """The metrics that an evaluation must have: the study's, and those with constraints."""
        bounded = (bound.metric for bound in self.bounds)
        return tuple(dict.fromkeys((*self.metrics, *bounded)))


def _refuse_other_arguments(
    field: str, function: Callable[..., Any] | None, arguments: tuple[str, ...]
) -> None:
    """Refuses a function that cannot be called with these arguments in this order."""
    if function is None:
        return
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some callables do not show their signature
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        raise StudyError(
            f"StudySpec's `{field}` ({location.of_function(function)}) is called with "
            f"({', '.join(arguments)}), but takes {signature}."
        ) from None


_ARGUMENTS = {
    "search_space": ("trial",),
    "build": ("params", "config"),
    "serving_input_receiver_fn": (),
}
"""The arguments that each function of a study is called with."""


def _are_names(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return (
        isinstance(names, Sequence)
        and len(names) > 0
        and all(isinstance(name, str) and name for name in names)
    )


def _are_constraints(value: Any) -> bool:
    try:
        return are_texts(value) and len(parse_constraints(value)) >= 0
    except UsageError:
        return False


def _is_scheduler(value: Any) -> bool:
    # Imported here because a study without a scheduler does not need Optuna yet.
    from sweep.schedule.population import Population
    from sweep.schedule.rungs import Rungs

    return isinstance(value, Rungs | Population)


def _are_repeats(value: Any) -> bool:
    if _is_count(value):
        return True
    from sweep.schedule.repeats import Repeats  # here for the same reason

    return isinstance(value, Repeats)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_flag(name: str) -> tuple[Callable[[StudySpec], bool], str]:
    return lambda spec: isinstance(getattr(spec, name), bool), "True or False"


_RULES: dict[str, tuple[Callable[[StudySpec], bool], str]] = {
    "search_space": (lambda spec: callable(spec.search_space), "a function of an Optuna trial"),
    "program": (
        lambda spec: spec.program is None or isinstance(spec.program, Program),
        "a sweep.Program(…) or None",
    ),
    "build": (
        lambda spec: callable(spec.build) if spec.program is None else spec.build is None,
        "a function (params, config) -> TrialSpec, or None beside a `program`",
    ),
    "metric": (
        lambda spec: _are_names(spec.metric) and len(set(spec.metrics)) == len(spec.metrics),
        "a metric's name, or several",
    ),
    "direction": (
        lambda spec: _are_names(spec.direction) and set(spec.directions) <= set(DIRECTIONS),
        '"maximize" or "minimize", one for each metric',
    ),
    "constraints": (
        lambda spec: _are_constraints(spec.constraints),
        'metrics with their bounds, as in {"latency": "<= 20"}',
    ),
    "n_trials": (lambda spec: _is_count(spec.n_trials), "a whole number of at least 1"),
    "save_checkpoints_steps": (
        lambda spec: spec.save_checkpoints_steps is None or _is_count(spec.save_checkpoints_steps),
        "a whole number of steps of at least 1, or None",
    ),
    "serving_input_receiver_fn": (
        lambda spec: (
            spec.serving_input_receiver_fn is None or callable(spec.serving_input_receiver_fn)
        ),
        "a function of no arguments that returns a ServingInputReceiver, or None",
    ),
    "cluster": (
        lambda spec: spec.cluster is None or isinstance(spec.cluster, Cluster),
        "a sweep.Cluster(…) or None",
    ),
    "lift_arrays": _is_flag("lift_arrays"),
    "keep_evaluation_graph": _is_flag("keep_evaluation_graph"),
    "write_graph": _is_flag("write_graph"),
    "require_max_steps": _is_flag("require_max_steps"),
    "scheduler": (
        lambda spec: spec.scheduler is None or _is_scheduler(spec.scheduler),
        "sweep.Rungs(…), sweep.Population(…) or None",
    ),
    "repeats": (
        lambda spec: _are_repeats(spec.repeats),
        "a whole number of at least 1, or a sweep.Repeats(…)",
    ),
    "pruner": (
        lambda spec: spec.scheduler is None or spec.pruner in (None, "none"),
        "None beside a `scheduler`, which itself decides which trials end early",
    ),
}
"""The rule of each field, and the words for it."""
