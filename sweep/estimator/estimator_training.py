"""Stands in for `tensorflow.python.distribute.estimator_training`, gone since TensorFlow 2.16.

There it led to the distribute coordinator, for strategies that span the processes of a cluster.
Here a RunConfig with a strategy trains in one process, and a cluster trains without a strategy.
"""

from collections.abc import Mapping
from typing import Any

from sweep import private
from sweep.errors import TensorFlowError


def init_run_config(config: Any, tf_config: Mapping[str, Any]) -> None:
    """Completes a RunConfig that has a distribution strategy.

    Raises TensorFlowError if its strategy would have to span a cluster.
    """
    private.require(__name__)
    remote = _take_experimental_distribute(config)
    cluster = tf_config.get("cluster", {})
    if config.train_distribute and (remote or (cluster and "master" not in cluster)):
        strategy = type(config.train_distribute).__name__
        raise TensorFlowError(
            f"RunConfig(train_distribute={strategy}) in a cluster needs TensorFlow 2.15: "
            "unset TF_CONFIG to train in one process, or leave out the strategy."
        )
    config._distribute_coordinator_mode = None
    config._init_distributed_setting_from_environment_var(tf_config)
    config._maybe_overwrite_session_config_for_distributed_training()


def _take_experimental_distribute(config: Any) -> Any:
    """Moves the strategies of a DistributeConfig to where Estimator looks; its remote cluster."""
    experimental = config._experimental_distribute
    if not experimental:
        return None
    for name in ("train_distribute", "eval_distribute"):
        strategy = getattr(experimental, name)
        if strategy and getattr(config, f"_{name}"):
            raise ValueError(f"Either `{name}` or `experimental_distribute.{name}` can be set.")
        if strategy:
            setattr(config, f"_{name}", strategy)
    return experimental.remote_cluster


def should_run_distribute_coordinator(config: Any) -> bool:
    """Whether `train_and_evaluate` leaves the work to the coordinator: never."""
    return False
