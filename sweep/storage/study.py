"""The Optuna study that a sweep adds trials to, new or continued."""

from __future__ import annotations

import copy
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from sweep import attrs, private
from sweep.schedule.base import begins_configuration, is_whole
from sweep.schedule.objective import Objective
from sweep.schedule.repeats import ONCE, Repeats, as_configurations
from sweep.schedule.seen import as_complete, furthest
from sweep.schedule.tally import Tally
from sweep.search.constraints import Constraint, parse_constraints
from sweep.storage.artifacts import listing
from sweep.storage.holder import Holder
from sweep.storage.lock import turn
from sweep.storage.schema import TRIALS
from sweep.storage.sweep_storage import NO_RECORD, SweepStorage
from sweep.storage.whereabouts import Whereabouts

private.require(__name__)


class AskedStudy(optuna.Study):
    """An Optuna study used through ask and tell, whose configurations can be trained in legs.

    A sampler sees each configuration once. It can still end the search: Optuna's grid samplers
    call `stop` when nothing is left to try, which Optuna allows only inside `optimize`.
    """

    def __init__(self, name: str, storage: SweepStorage) -> None:
        super().__init__(name, storage)
        self._database = storage
        self._id = storage.get_study_id_from_name(name)
        self._shows_configurations = False
        self._seen: Sequence[FrozenTrial] | None = None
        """The configurations that are shown, once the sampler or the pruner has looked."""
        self.exhausted = False
        self.sampler_reads_pruned = True
        """Whether the sampler learns from paused trials, which are PRUNED, as they are."""
        self.repeats: Repeats = ONCE
        """How many seeds each configuration is trained with."""
        self._whole = Tally(is_whole)
        self._place: Whereabouts | None = None

    @cached_property
    def objective(self) -> Objective:
        """What it optimizes."""
        directions = tuple(direction.name.lower() for direction in self.directions)
        return Objective(tuple(self.metric_names or directions), directions)

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """The constraints on the metrics of its trials."""
        return parse_constraints(self.user_attrs.get(attrs.CONSTRAINTS, ()))

    def look_after(self, folder: Path) -> None:
        """From now on, checks that the study, its database and this folder are the same."""
        self._place = Whereabouts(self._database, self._id, folder)

    @property
    def identity(self) -> str:
        """What distinguishes it from every other study, once it is looked after."""
        return "" if self._place is None else self._place.study_mark.value

    def check_place(self) -> None:
        """Checks that a sweep still has its study, its database and its folder.

        Raises:
            TakenAwayError: one of them was removed or replaced.
        """
        if self._place is not None:
            self._place.check()

    @contextmanager
    def looked_after(self) -> Iterator[None]:
        """Finds out whether an error in the block is due to a study that was removed or replaced.

        Raises:
            TakenAwayError: it is.
        """
        try:
            yield
        except (KeyError, ValueError) as error:
            if self._place is not None:
                self._place.check()
                self._place.check_study()
                if error.args == (NO_RECORD,):
                    raise self._place.lost_study() from error
            raise

    def stop(self) -> None:
        """Records that the sampler has nothing left to try."""
        self.exhausted = True

    def look_for_end(self) -> None:
        """Makes a grid sampler say whether anything is left, as it does after every trial."""
        finished = [trial for trial in self.get_trials() if trial.state.is_finished()]
        if finished:
            last = finished[-1]
            self.sampler.after_trial(self, last, last.state, last.values)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may sweep it at the same time."""
        return self._database.engine.dialect.name != "sqlite"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keeps other processes that share the study from asking during the block."""
        with turn(self._database.engine, self.study_name):
            yield

    def take(self) -> optuna.Trial:
        """Asks for a trial in this process's turn, and records who runs it if that matters."""
        trial = self.ask()
        if self.is_shared:
            self._database.set_trial_system_attr(
                self._trial_id(trial.number), attrs.HOLDER, Holder.here().to_json()
            )
        return trial

    def _pop_waiting_trial_id(self) -> int | None:
        # `ask` calls this. Optuna's takes the oldest, which may have been enqueued beyond the
        # total.
        waiting = self.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        for trial in sorted(waiting, key=_is_new):
            with suppress(UpdateFinishedTrialError):
                if self._database.set_trial_state_values(trial._trial_id, TrialState.RUNNING):
                    return trial._trial_id
        return None

    def begin_again(self, trial: optuna.Trial) -> optuna.Trial:
        """The same trial without the params that it got in this block of `sampling`."""
        trial_id = self._trial_id(trial.number)
        self._database.forget_params(trial_id)
        return optuna.Trial(self, trial_id)

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Lets the block suggest a trial's params.

        In the block samplers see each configuration once, as it was when they first looked. The
        params are written in one transaction at its end.
        """
        with self._showing_configurations(), self._database.params_at_once():
            yield

    def should_prune(self, trial: optuna.Trial) -> bool:
        """Whether the pruner prunes the trial; the pruner also sees each configuration once."""
        with self._showing_configurations():
            return trial.should_prune()

    @contextmanager
    def _showing_configurations(self) -> Iterator[None]:
        self._shows_configurations = True
        try:
            yield
        finally:
            self._shows_configurations = False
            self._seen = None

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        # Samplers, pruners and `get_trials` call this.
        if not self._shows_configurations:
            return super()._get_trials(deepcopy, states, use_cache)
        if self._seen is None:
            self._seen = self._configurations(super()._get_trials(False, None, use_cache))
        wanted = list(self._seen)
        if states is not None:
            wanted = [trial for trial in wanted if trial.state in states]
        return copy.deepcopy(wanted) if deepcopy else wanted

    def _configurations(self, trials: list[FrozenTrial]) -> Sequence[FrozenTrial]:
        """The trials as samplers and pruners see them."""
        if self._whole.count(trials) == len(trials):
            return trials
        trials = as_configurations(trials, self.repeats)
        reads_pruned = self.sampler_reads_pruned and len(self.objective.metrics) == 1
        return furthest(trials) if reads_pruned else as_complete(trials, self.objective)

    def find_holder(self, trial: FrozenTrial) -> Holder | None:
        """The process that runs a RUNNING trial; None if only this one can."""
        record = trial.system_attrs.get(attrs.HOLDER) if self.is_shared else None
        return None if record is None else Holder.from_json(record)

    def get_trial(self, number: int) -> FrozenTrial:
        """Trial `number` as the database has it now."""
        return self._database.get_trial(self._trial_id(number))

    def put_back(self, number: int) -> FrozenTrial:
        """Makes RUNNING trial `number` WAITING: it keeps its params and comes next."""
        self._database.set_trial_state_values(self._trial_id(number), TrialState.WAITING)
        return self.get_trial(number)

    def enqueue_failed(self, reason: str) -> int:
        """Enqueues the params of FAIL trials whose failure starts with `reason`.

        Those that were already retried are skipped. Returns how many were enqueued.
        """
        trials = self.get_trials(deepcopy=False)
        retried = {trial.user_attrs.get(attrs.RETRY_OF) for trial in trials}
        failed = [
            trial
            for trial in trials
            if trial.state is TrialState.FAIL
            and trial.number not in retried
            and str(trial.user_attrs.get(attrs.FAILURE, "")).startswith(reason)
        ]
        for trial in failed:
            leg = {
                name: trial.user_attrs[name] for name in attrs.LEG_ATTRS if name in trial.user_attrs
            }
            self.enqueue_trial(trial.params, user_attrs={attrs.RETRY_OF: trial.number, **leg})
        return len(failed)

    def touch(self) -> None:
        """Writes something that nobody reads, to see whether the database accepts it."""
        self._database.set_study_system_attr(self._id, attrs.TOUCHED, time.time())

    def begin(self, number: int, attrs: Mapping[str, Any], reports: Mapping[int, float]) -> None:
        """Sets user attributes and intermediate values of a trial that starts to run.

        Its artifacts are listed too, so that optuna-dashboard shows them.
        """
        self._database.record(self._trial_id(number), attrs, listing(self._id, number), reports)

    def note(
        self,
        number: int,
        attrs: Mapping[str, Any],
        reports: Mapping[int, float] | None = None,
        system_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        """Sets attributes and intermediate values of an unfinished trial."""
        self._database.record(self._trial_id(number), attrs, system_attrs, reports)

    def set_times(self, number: int, began: datetime, ended: datetime) -> None:
        """Sets when a trial that was told later started and ended; both have a time zone."""
        moments = {
            TRIALS.c.datetime_start: began.astimezone(UTC).replace(tzinfo=None),
            TRIALS.c.datetime_complete: ended.astimezone(UTC).replace(tzinfo=None),
        }
        is_it = TRIALS.c.trial_id == self._trial_id(number)
        with self._database.engine.begin() as connection:
            connection.execute(sqlalchemy.update(TRIALS).where(is_it).values(moments))

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._id, number)


def _is_new(trial: FrozenTrial) -> bool:
    """Whether a trial starts a configuration: it continues, repeats or retries no other trial."""
    return begins_configuration(trial) and attrs.RETRY_OF not in trial.user_attrs
