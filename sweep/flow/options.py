"""The options of a sweep, from the command line or from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.engine.limits import Limits
from sweep.engine.ray_cluster import RayCluster
from sweep.errors import UsageError
from sweep.folder.layout import RESULTS
from sweep.search.constraints import Declared, parse_constraints
from sweep.search.preference import Preference
from sweep.storage.copies import anchored_results, url_to_read
from sweep.storage.url import anchored, storage_url
from sweep.study.cluster import Cluster

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from sweep.flow.extension import Extension
    from sweep.schedule.base import Scheduler
    from sweep.schedule.confirmation import Confirmation
    from sweep.schedule.repeats import Repeats

_COUNTS = ("evaluate_every", "patience", "max_failed", "total_steps", "keep")
ENGINES = ("local", "ray")
DUPLICATES = ("avoid", "allow")
_OF_A_CLUSTER = ("address", "cpus_per_trial", "gpus_per_trial")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The keywords of `sweep.run`, whose docstring explains each of them.

    Raises:
        UsageError: a count is not a whole number of at least 1, an engine or an option of it is
            not valid, or a constraint is not written as one.
    """

    n_trials: int | None = None
    n_jobs: int | None = None
    seed: int | None = None
    name: str | None = None
    results: str | Path = RESULTS
    storage: str | None = None
    sampler: str | BaseSampler | None = None
    pruner: str | BasePruner | None = None
    evaluate_every: int | None = None
    scheduler: Scheduler | None = None
    extension: Extension | None = None
    confirmation: Confirmation | None = None
    repeats: int | Repeats | None = None
    duplicates: str = "avoid"
    patience: int | None = None
    max_failed: int | None = None
    target: float | None = None
    total_steps: int | None = None
    retry: str | None = None
    retries: int = 2
    keep: int | None = None
    inline: bool = False
    cluster: Cluster | None = None
    engine: str = "local"
    address: str | None = None
    cpus_per_trial: float | None = None
    gpus_per_trial: float | None = None
    trial_timeout: float | None = None
    stall_timeout: float | None = None
    memory_limit: int | None = None
    timeout: float | None = None
    constraints: Declared = ()
    prefer: str | None = None
    begin_with: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    enqueue: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and not (type(value) is int and value >= 1):
                raise UsageError(
                    f"{name} must be a whole number of at least 1, or None, but got {value!r}."
                )

        if self.engine not in ENGINES:
            known = " or ".join(map(repr, ENGINES))
            raise UsageError(f"engine must be {known}, but got {self.engine!r}.")
        if self.duplicates not in DUPLICATES:
            known = " or ".join(map(repr, DUPLICATES))
            raise UsageError(f"duplicates must be {known}, but got {self.duplicates!r}.")
        for name in _OF_A_CLUSTER:
            if self.engine != "ray" and getattr(self, name) is not None:
                raise UsageError(
                    f"{name} belongs to the engine 'ray', but the engine is {self.engine!r}: leave "
                    "it out, or choose the engine 'ray'."
                )
        parse_constraints(self.constraints)

    def anchored(self) -> Options:
        """The same with absolute paths, which stay valid if a study changes the directory."""
        storage = self.storage and anchored(self.storage)
        return replace(self, results=anchored_results(self.results), storage=storage)

    @property
    def limits(self) -> Limits:
        """The limits of one attempt."""
        return Limits(self.trial_timeout, self.stall_timeout, self.memory_limit)

    @property
    def ray_cluster(self) -> RayCluster | None:
        """The Ray cluster that trials run on; None is this machine.

        Raises:
            UsageError: its values are not valid.
        """
        if self.engine != "ray":
            return None
        cpus = 1.0 if self.cpus_per_trial is None else self.cpus_per_trial
        return RayCluster(self.address, cpus, self.gpus_per_trial or 0.0)

    @property
    def preference(self) -> Preference | None:
        """How much each of several metrics counts, if the trials need one order.

        Raises:
            UsageError: the text cannot be parsed.
        """
        return None if self.prefer is None else Preference.parse(self.prefer)

    @property
    def adds_none(self) -> bool:
        """Whether the study gets no new configurations."""
        further = (self.extension, self.confirmation, self.retry)
        return any(what is not None for what in further)

    @property
    def most_trainings(self) -> int | None:
        """How many trainings a confirmation takes at most; None without a confirmation."""
        asked = self.confirmation
        return None if asked is None else asked.top * asked.seeds

    @property
    def storage_url(self) -> str:
        """The URL of the study's database."""
        return self.storage or storage_url(Path(self.results))

    @property
    def url_to_read(self) -> str:
        """The URL of the study's database, or that of its last copy if it is missing here."""
        return url_to_read(self.storage_url, Path(self.results))
