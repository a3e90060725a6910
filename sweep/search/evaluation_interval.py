"""How often a trial is evaluated while it trains, so that a pruner has something to act on."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.errors import UsageError

N_EVALUATIONS = 10
"""How often a pruner gets to judge a trial where nobody has said how often."""
ESTIMATORS_SECONDS = 600
"""Estimator's own interval between checkpoints, where none is set."""


@dataclass(frozen=True)
class TrialSteps:
    """The steps of a trial; None is not known, or left as it is."""

    max_steps: int | None = None
    """How far it trains."""
    evaluate_every: int | None = None
    """Steps from one evaluation to the next."""


def find_steps(
    max_steps: int | None,
    save_checkpoints_steps: int | None,
    save_checkpoints_secs: int | None,
    *,
    wanted: int | None,
    pruner: str | None,
) -> TrialSteps:
    """How far the trials of a study train, and how often they are evaluated.

    Args:
        max_steps: the TrainSpec's of a trial that was built with the interval that is wanted.
        save_checkpoints_steps: its RunConfig's.
        save_checkpoints_secs: its RunConfig's.
        wanted: the steps between evaluations that were asked for; None asks for nothing.
        pruner: the name of a pruner that needs evaluations; None leaves all as it is.

    Raises:
        UsageError: the study's own setting is another than what is wanted, or the pruner could
            never act.
    """
    every = save_checkpoints_steps
    if wanted is not None and every != wanted:
        own = (
            f"save_checkpoints_steps={every}"
            if every
            else f"save_checkpoints_secs={save_checkpoints_secs}"
        )
        raise UsageError(
            f"An evaluation was asked for every {wanted} steps, but the study's `build` sets {own} "
            "itself: leave --evaluate-every out, or that."
        )
    if pruner is None:
        return TrialSteps(max_steps, wanted)
    if every is None and save_checkpoints_secs == ESTIMATORS_SECONDS:
        if max_steps is None:
            raise UsageError(
                f"{pruner} acts on evaluations along the way, but a trial of this study is "
                "evaluated at its end alone, and has no max_steps to be divided: say how often to "
                "evaluate with --evaluate-every STEPS."
            )
        every = -(-max_steps // N_EVALUATIONS)
    if every is not None and max_steps is not None and every >= max_steps:
        raise UsageError(
            f"{pruner} could never act: with an evaluation every {every} steps, a trial of "
            f"{max_steps} is evaluated at its end alone. Evaluate more often, with "
            "--evaluate-every STEPS, or leave the pruner out."
        )
    return TrialSteps(max_steps, every)
