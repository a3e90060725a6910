"""Asking Optuna for a trial, and finding out which attempt at which leg of a training it is."""

from __future__ import annotations

from collections.abc import Callable, Container

from sweep import attrs
from sweep.errors import StudyError
from sweep.flow.active_trial import ActiveTrial
from sweep.flow.outlook import Outlook
from sweep.flow.recovery import take_up
from sweep.flow.resolve import Pace, Resolved
from sweep.folder.layout import StudyFolder
from sweep.search.seeds import trial_seed
from sweep.search.space import suggest
from sweep.storage.backlog import Say
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.trial.messages import Order
from sweep.trial.outcome import Cause, Outcome


class Asker:
    """Asks for the trials of one study.

    Args:
        study: the study.
        loaded: what its file declares.
        folder: its folder.
        resolved: how it is swept.
        pace: how its trials are evaluated.
        outlook: what is left to do.
        say: is told of trials that a dead sweep has left.
    """

    def __init__(
        self,
        study: AskedStudy,
        loaded: LoadedStudy,
        folder: StudyFolder,
        resolved: Resolved,
        pace: Pace,
        outlook: Outlook,
        say: Say,
    ) -> None:
        self._study = study
        self._loaded = loaded
        self._folder = folder
        self._scheduler = resolved.scheduler
        self._evaluate_every = pace.evaluate_every
        self._outlook = outlook
        self._say = say
        self._seed: int = study.user_attrs[attrs.SEED]
        self._may_be_abandoned = False
        """Whether this process may have left a trial RUNNING in vain."""

    def ask(self, active: Container[int], wants_more: Callable[[], bool]) -> ActiveTrial | None:
        """The next trial, with its params or the reason why it has none.

        Args:
            active: the numbers of the trials that this process runs.
            wants_more: whether another trial is wanted, as the study stands.

        Returns:
            None if another process has left nothing to do.
        """
        if self._may_be_abandoned:
            metrics = self._loaded.spec.metrics
            take_up(self._study, metrics, self._folder, active, self._say)
        with self._study.turn():
            if self._study.is_shared or self._outlook.plan.next_leg is not None:
                self._outlook.look()  # for others may have begun it, or this process in vain
                if not wants_more():
                    return None
            # If the database fails below, it holds a RUNNING trial that this process knows not of.
            self._may_be_abandoned = True
            if (leg := self._outlook.plan.next_leg) is not None:
                self._study.enqueue_trial(dict(leg.params), user_attrs=dict(leg.attrs))
            trial = ActiveTrial(self._study.take())
        try:
            with self._study.sampling():
                trial.params = suggest(self._loaded.spec.search_space, trial.trial)
        except StudyError as error:
            trial.refusal = Outcome.failed(Cause.EXCEPTION, str(error))
        self._find_leg(trial)
        self._may_be_abandoned = False
        return trial

    def _find_leg(self, active: ActiveTrial) -> None:
        """Finds out which leg of a training the trial is, and what is known of that already."""
        trials = self._outlook.look()
        if active.attempts:
            known = self._study.get_trial(active.number)
            active.curve = dict(known.intermediate_values)
        elif active.continues is not None:
            active.curve = dict(self._study.get_trial(active.continues).intermediate_values)
        elif not active.leg_attrs:
            active.leg_attrs |= self._scheduler.first_leg(trials[: active.number])

    def order(self, active: ActiveTrial) -> Order:
        """The order for the trial's next attempt."""
        return Order(
            study=self._study.study_name,
            number=active.number,
            attempt=active.attempts,
            params=active.params,
            suggested=active.trial.params,
            seed=trial_seed(self._seed, active.configuration),
            study_sha256=self._loaded.sha256,
            leg=active.leg(self._scheduler),
            evaluate_every=self._evaluate_every,
        )
