"""How often a trial is evaluated during its training, so that a pruner can judge it."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.errors import UsageError

N_EVALUATIONS = 10
"""How often a pruner judges a trial if nobody says how often."""
ESTIMATORS_SECONDS = 600
"""Estimator's own interval between checkpoints, if none is set."""


@dataclass(frozen=True)
class TrialSteps:
    """The steps of a trial; None means unknown or unchanged."""

    max_steps: int | None = None
    """The number of steps that it trains."""
    evaluate_every: int | None = None
    """The number of steps from one evaluation to the next."""


def find_steps(
    max_steps: int | None,
    save_checkpoints_steps: int | None,
    save_checkpoints_secs: int | None,
    *,
    wanted: int | None,
    pruner: str | None,
) -> TrialSteps:
    """How many steps the trials of a study train, and how often they are evaluated.

    Args:
        max_steps: of the TrainSpec of a trial that was built with the wanted interval.
        save_checkpoints_steps: of its RunConfig.
        save_checkpoints_secs: of its RunConfig.
        wanted: the requested number of steps between evaluations; None if none was requested.
        pruner: the name of a pruner that needs evaluations; None changes nothing.

    Raises:
        UsageError: the study's own setting differs from the requested one, or the pruner could
            never judge a trial.
    """
    every = save_checkpoints_steps
    if wanted is not None and every != wanted:
        own = (
            f"save_checkpoints_steps={every}"
            if every
            else f"save_checkpoints_secs={save_checkpoints_secs}"
        )
        raise UsageError(
            f"An evaluation every {wanted} steps was requested, but the study's `build` sets {own} "
            "itself: leave one of the two out, --evaluate-every or that setting."
        )
    if pruner is None:
        return TrialSteps(max_steps, wanted)
    if every is None and save_checkpoints_secs == ESTIMATORS_SECONDS:
        if max_steps is None:
            raise UsageError(
                f"{pruner} judges trials by evaluations during the training, but a trial of this "
                "study is only evaluated at its end, and has no max_steps to divide: set the "
                "interval with --evaluate-every STEPS."
            )
        every = -(-max_steps // N_EVALUATIONS)
    if every is not None and max_steps is not None and every >= max_steps:
        raise UsageError(
            f"{pruner} could never prune: with an evaluation every {every} steps, a trial of "
            f"{max_steps} steps is only evaluated at its end. Evaluate more often, with "
            "--evaluate-every STEPS, or leave the pruner out."
        )
    return TrialSteps(max_steps, every)
