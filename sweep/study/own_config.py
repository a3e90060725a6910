"""Carries a trial's settings into an Estimator that was made with another RunConfig.

Many programs take only the model_dir of the config that they are given and make a RunConfig around
it. Without the trial's seed and checkpoint interval, `--seed` would have no effect and a pruner
would have no evaluations to judge. What the program set itself is kept.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sweep import private

private.require(__name__)

_PASS_IT_ON = "Pass config=config to it, "
ESTIMATORS_INTERVAL = (None, 600)
"""The steps and the seconds between checkpoints if nobody sets them."""

Remark = Callable[[str, str], None]
"""Called with a topic, and with a text that follows the trial's name."""


def carry_over(estimator: Any, config: Any, remark: Remark, *, can_be_given: bool = True) -> None:
    """Gives the Estimator the seed and the checkpoint interval of `config` if it has none.

    Args:
        estimator: is changed; the RunConfig that it was made with is not.
        config: the trial's RunConfig.
        remark: is called with what was carried over, and what was not.
        can_be_given: whether the code that made the Estimator had `config`, and could have
            passed it on.
    """
    given = estimator.config
    carried = {}
    if given.tf_random_seed is None:
        carried["tf_random_seed"] = config.tf_random_seed
    elif given.tf_random_seed != config.tf_random_seed:
        remark(
            "own seed",
            f"'s Estimator has a tf_random_seed={given.tf_random_seed} of its own, and keeps it "
            f"instead of the trial's seed. {_PASS_IT_ON * can_be_given}"
            f"{'or l' if can_be_given else 'L'}eave tf_random_seed out.",
        )
    interval = given.save_checkpoints_steps, given.save_checkpoints_secs
    if config.save_checkpoints_steps is not None and interval == ESTIMATORS_INTERVAL:
        carried["save_checkpoints_steps"] = config.save_checkpoints_steps
    if not carried:
        return
    own = copy.copy(estimator._config)
    for name, value in carried.items():
        setattr(own, f"_{name}", value)
    if "save_checkpoints_steps" in carried:
        own._save_checkpoints_secs = None
    estimator._config = own
    if can_be_given:
        remark(
            "own config",
            "'s Estimator has a RunConfig of its own. It now has the trial's "
            f"{' and '.join(f'{name}={value}' for name, value in carried.items())}. "
            f"{_PASS_IT_ON}or config.replace(…), to pass them on yourself.",
        )


def moved(estimator: Any, model_dir: str) -> None:
    """Makes the Estimator read and write its checkpoints in this model_dir."""
    config = copy.copy(estimator._config)
    config._model_dir = estimator._model_dir = model_dir
    estimator._config = config
