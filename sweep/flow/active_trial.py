"""A trial with a running attempt, as the main flow knows it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import distribution_to_json

from sweep import attrs
from sweep.schedule.base import Scheduler
from sweep.schedule.leg import Leg
from sweep.search.seeds import confirming_seed, repeat_seed, trial_seed
from sweep.storage.study import AskedStudy
from sweep.trial.outcome import Outcome


class ActiveTrial:
    """What is known about a trial while it is active."""

    def __init__(self, trial: optuna.Trial) -> None:
        self.trial = trial
        known = trial.user_attrs
        self.params: Mapping[str, Any] = {}
        self.refusal: Outcome | None = None
        """How it ends if it gets no params."""
        self.attempts: int = known.get(attrs.ATTEMPTS, 0)
        """How many attempts it has had, including the running one."""
        self.began = 0.0
        """When the running attempt started, on the monotonic clock."""
        self.lost: list[str] = known.get(attrs.LOST_ATTEMPTS, [])
        """Why earlier attempts were lost, in this or earlier runs."""
        self.n_retries = 0
        """How many attempts were lost in this run."""
        self.origin = {attrs.RETRY_OF: known[attrs.RETRY_OF]} if attrs.RETRY_OF in known else {}
        """The failed trial that it retries, if any."""
        self.leg_attrs = {name: known[name] for name in attrs.LEG_ATTRS if name in known}
        """Which leg of which training it is."""
        self.curve: dict[int, float] = {}
        """Its intermediate values, including those that are not written to the study yet."""
        self.has_started = False
        """Whether the running attempt has built its model."""
        self.max_steps: int | None = None
        self.stop_asked = False
        """Whether someone asked it to end and to become PRUNED with its last value."""
        self.told_by_another = False
        """Whether someone told the study its state while it ran."""

    def begin_attempt(self) -> None:
        """Counts another attempt, which is about to start."""
        self.attempts += 1
        self.began = time.monotonic()
        self.has_started = False

    @property
    def number(self) -> int:
        return self.trial.number

    @property
    def continues(self) -> int | None:
        """The trial that it continues, if any."""
        return self.leg_attrs.get(attrs.CONTINUES)

    @property
    def record(self) -> dict[str, Any]:
        """What the study knows about it when an attempt starts, besides params, number and seed."""
        distributions = {
            name: distribution_to_json(distribution)
            for name, distribution in self.trial.distributions.items()
        }
        return {
            "distributions": distributions,
            "attrs": {**self.origin, **self.leg_attrs},
            "curve": dict(self.curve),
        }

    @property
    def begins_configuration(self) -> bool:
        """Whether it is the first trial of its configuration, and not a retry."""
        return not (self.is_repeat or self.origin or self.continues is not None)

    @property
    def is_repeat(self) -> bool:
        """Whether it trains a configuration again; such trials are never pruned."""
        return attrs.NTH_SEED in self.leg_attrs

    def should_prune(self) -> bool:
        """Whether the pruner ends it; repeats are never pruned."""
        study = self.trial.study
        assert isinstance(study, AskedStudy)
        return not self.is_repeat and study.should_prune(self.trial)

    def seed(self, study_seed: int) -> int:
        """The seed that it trains with."""
        of = self.leg_attrs
        if attrs.GIVEN_SEED in of:
            return int(of[attrs.GIVEN_SEED])
        if attrs.CONFIRMS in of:
            return confirming_seed(study_seed, of[attrs.NTH_SEED])
        if attrs.REPEATS in of:
            return repeat_seed(study_seed, of[attrs.REPEATS], of[attrs.NTH_SEED])
        return trial_seed(study_seed, of.get(attrs.CONFIGURATION, self.number))

    def leg(self, scheduler: Scheduler) -> Leg:
        """Which part of a training its attempt does."""
        share = scheduler.share(self.leg_attrs)
        return Leg(self.continues, share, self.leg_attrs.get(attrs.MAX_STEPS))
