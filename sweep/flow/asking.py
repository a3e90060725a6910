"""Asking Optuna for a trial, and finding out which leg of which training it is."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

from sweep import attrs, location
from sweep.errors import StudyError
from sweep.flow.active_trial import ActiveTrial
from sweep.flow.interruption import BrokenOff, Interruption
from sweep.flow.novelty import Novelty
from sweep.flow.outlook import Outlook
from sweep.flow.recovery import take_up
from sweep.flow.swept import SweptStudy
from sweep.schedule.base import Whole
from sweep.storage.backlog import Say
from sweep.trial.messages import Order
from sweep.trial.outcome import Cause, Outcome


class Asker:
    """Asks for the trials of one study.

    Args:
        swept: the study, and how it is swept.
        outlook: what is left to do.
        interruption: aborts a search space or a sampler that does not return.
        say: gets a notice when they are slow, and about trials that a dead sweep left behind.
    """

    def __init__(
        self,
        swept: SweptStudy,
        outlook: Outlook,
        interruption: Interruption,
        say: Say,
    ) -> None:
        self._study = swept.study
        self._loaded = swept.loaded
        self._folder = swept.folder
        self._scheduler = swept.resolved.scheduler
        self._evaluate_every = swept.pace.evaluate_every
        self._outlook = outlook
        self._interruption = interruption
        self._say = say
        self._novelty = Novelty(swept, say)
        place = location.of_function(swept.spec.search_space)
        self._code = f"`search_space` ({place}) or the sampler"
        self._seed: int = swept.study.user_attrs[attrs.SEED]
        self._may_be_abandoned = False
        """Whether this process may have left a trial RUNNING that nothing runs."""
        self.ahead: ActiveTrial | None = None
        """The next trial, if it was asked for before a slot was free."""

    def ask_ahead(self, active: Container[int], wants_more: Callable[[], bool]) -> None:
        """Asks for the next trial before a slot is free, unless it could turn out to be wrong.

        A trial that ends in the meantime can lead to another next trial on rungs, and to none if
        the study can have enough before its total.

        Raises:
            BrokenOff: as `ask` does.
        """
        plan = self._outlook.plan
        may_differ = plan.may_end_early or not isinstance(self._scheduler, Whole)
        is_known = self.ahead is not None
        if is_known or may_differ or self._study.is_shared or not wants_more():
            return
        self.ahead = self.ask(active, wants_more)

    def ask(self, active: Container[int], wants_more: Callable[[], bool]) -> ActiveTrial | None:
        """The next trial, with its params or the reason why it has none.

        Args:
            active: the numbers of the trials that this process runs.
            wants_more: whether another trial is wanted, as the study stands.

        Returns:
            None if other processes left nothing to do.

        Raises:
            BrokenOff: the search space or the sampler did not return; its trial was put back.
        """
        if self.ahead is not None:
            known, self.ahead = self.ahead, None
            return known
        if self._may_be_abandoned:
            metrics = self._loaded.spec.metrics
            take_up(self._study, metrics, self._folder, active, self._say)
        with self._study.turn():
            if self._study.is_shared or self._outlook.plan.next_leg is not None:
                self._outlook.look()  # another process may have started it already
                if not wants_more():
                    return None
            with self._breakable(active):
                if self._finds_no_more():
                    return None
            # If the database fails below, it holds a RUNNING trial that this process does not know.
            self._may_be_abandoned = True
            if (leg := self._outlook.plan.next_leg) is not None:
                self._study.enqueue_trial(dict(leg.params), user_attrs=dict(leg.attrs))
            with self._breakable(active):
                trial = ActiveTrial(self._study.take())
        try:
            with self._breakable(active, trial), self._study.sampling():
                self._novelty.suggest(trial, self._outlook.trials)
        except StudyError as error:
            trial.refusal = Outcome.failed(Cause.EXCEPTION, str(error))
        self._find_leg(trial)
        self._may_be_abandoned = False
        return trial

    def _finds_no_more(self) -> bool:
        """Whether a new configuration is wanted, but all of them were tried."""
        outlook = self._outlook
        return outlook.plan.next_leg is None and self._novelty.ends_search(outlook.trials)

    @contextmanager
    def _breakable(
        self, active: Container[int], trial: ActiveTrial | None = None
    ) -> Iterator[None]:
        """Lets a signal abort the block, which asks for `trial`; the trial is then put back."""
        try:
            with self._interruption.code_of_the_study(self._say, self._code):
                yield
        except BrokenOff:
            if trial is None:
                take_up(self._study, self._loaded.spec.metrics, self._folder, active, self._say)
            else:
                self._study.put_back(trial.number)
            raise

    def _find_leg(self, active: ActiveTrial) -> None:
        """Finds out which leg of a training the trial is, and what is already known about it."""
        trials = self._outlook.look()
        if active.attempts:
            known = self._study.get_trial(active.number)
            active.curve = dict(known.intermediate_values)
        elif active.continues is not None:
            active.curve = dict(self._study.get_trial(active.continues).intermediate_values)
        elif active.leg_attrs.keys() <= {attrs.DUPLICATES}:
            active.leg_attrs |= self._scheduler.first_leg(trials[: active.number])

    def order(self, active: ActiveTrial) -> Order:
        """The order for the trial's next attempt."""
        return Order(
            study=self._study.study_name,
            number=active.number,
            attempt=active.attempts,
            params=active.params,
            suggested=active.trial.params,
            seed=active.seed(self._seed),
            record=active.record,
            study_sha256=self._loaded.sha256,
            leg=active.leg(self._scheduler),
            evaluate_every=self._evaluate_every,
            cluster=self._loaded.spec.cluster,
        )
