"""A trial's settings, carried into an Estimator that was given a RunConfig of its own.

Much code takes the model_dir of the config that it is given and makes a RunConfig around it.
Without the trial's seed and its checkpoint interval, `--seed` would have no effect and a pruner
nothing to act on. What the program has set itself stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sweep import private

private.require(__name__)

_PASS_IT_ON = "Pass config=config to it, "
ESTIMATORS_INTERVAL = (None, 600)
"""The steps and the seconds between checkpoints, where nobody has set them."""

Remark = Callable[[str, str], None]
"""Takes a topic, and sentences that go on after the trial's name."""


def carry_over(estimator: Any, config: Any, remark: Remark, *, can_be_given: bool = True) -> None:
    """Gives the Estimator the seed and the checkpoint interval of `config` where it has none.

    Args:
        estimator: is changed, though not the RunConfig that it was made with.
        config: the trial's RunConfig.
        remark: is told what was carried over, and what was not.
        can_be_given: whether the code that made the Estimator was given `config`, and might have
            passed it on.
    """
    given = estimator.config
    carried = {}
    if given.tf_random_seed is None:
        carried["tf_random_seed"] = config.tf_random_seed
    elif given.tf_random_seed != config.tf_random_seed:
        remark(
            "own seed",
            f"'s Estimator has tf_random_seed={given.tf_random_seed} of its own, and keeps it in "
            f"place of the trial's seed. {_PASS_IT_ON * can_be_given}"
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
            "'s Estimator has a RunConfig of its own, which was given the trial's "
            f"{' and '.join(f'{name}={value}' for name, value in carried.items())}. "
            f"{_PASS_IT_ON}or config.replace(…), and it has them by itself.",
        )


def moved(estimator: Any, model_dir: str) -> None:
    """Has the Estimator find its checkpoints in this model_dir."""
    config = copy.copy(estimator._config)
    config._model_dir = estimator._model_dir = model_dir
    estimator._config = config
