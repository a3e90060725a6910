"""Replaces `tensorflow.python.distribute.estimator_training`, which TensorFlow 2.16 dropped.

Estimator calls it if a distribution strategy may span the processes of a cluster. The work is done
by TensorFlow's distribute coordinator, which TensorFlow still has. It starts this process's server,
and calls back with the task of this process or thread and the strategy for it.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sweep import private

_CHIEF, _WORKER, _PS, _EVALUATOR = "chief", "worker", "ps", "evaluator"
_FIX = "call tf.estimator.train_and_evaluate"


class _Phase(NamedTuple):
    method: str
    of_config: str
    """The attribute of a RunConfig that holds the strategy."""
    of_estimator: str
    """The attribute of an Estimator that holds it."""


_TRAIN = _Phase("Estimator.train", "_train_distribute", "_train_distribution")
_EVAL = _Phase("Estimator.evaluate", "_eval_distribute", "_eval_distribution")


def init_run_config(config: Any, tf_config: Mapping[str, Any]) -> None:
    """Completes a RunConfig that has a distribution strategy.

    Raises ValueError if a strategy, or the cluster, is given twice.
    """
    private.require(__name__)
    import tensorflow as tf

    modes = _coordinator().CoordinatorMode
    remote_cluster = _take_experimental_distribute(config)
    cluster = tf.train.ClusterSpec(tf_config.get("cluster", {}))
    if config._train_distribute and remote_cluster:
        if cluster:
            raise ValueError(
                "The cluster is given twice, in TF_CONFIG and as `remote_cluster`: leave out one."
            )
        _leave_to_coordinator(config, modes.STANDALONE_CLIENT, remote_cluster)
    elif config._train_distribute and cluster and "master" not in cluster.jobs:
        _leave_to_coordinator(config, modes.INDEPENDENT_WORKER, cluster)
    else:
        config._distribute_coordinator_mode = None
        config._init_distributed_setting_from_environment_var(tf_config)
        config._maybe_overwrite_session_config_for_distributed_training()


def should_run_distribute_coordinator(config: Any) -> bool:
    """Whether `train_and_evaluate` leaves the work to the coordinator."""
    return bool(getattr(config, "_distribute_coordinator_mode", None) and config.cluster_spec)


def train_and_evaluate(
    estimator: Any, train_spec: Any, eval_spec: Any, executor_cls: Callable[..., Any]
) -> None:
    """Does this process's part of `tf.estimator.train_and_evaluate` in a cluster.

    A parameter server's part never ends. A client of a remote cluster does the parts of all tasks.
    """
    config = estimator.config
    mode = config._distribute_coordinator_mode
    standalone = mode == _coordinator().CoordinatorMode.STANDALONE_CLIENT

    def train(strategy: Any) -> None:
        mine, context = _for_this_task(estimator, _TRAIN, strategy)
        mine._config._distribute_coordinator_mode = None  # or `train` would come back here
        # A hook belongs to one graph, but each thread of a standalone client has its own graph.
        hooks = list(train_spec.hooks) if context.is_chief or not standalone else []
        mine.train(train_spec.input_fn, hooks=hooks, max_steps=train_spec.max_steps)

    def evaluate(strategy: Any) -> None:
        mine, _ = _for_this_task(estimator, _EVAL, strategy)
        mine._config._distribute_coordinator_mode = None
        executor_cls(mine, train_spec, eval_spec)._start_continuous_evaluation()

    _coordinator().run_distribute_coordinator(
        train,
        config.train_distribute,
        evaluate,
        config.eval_distribute,
        mode=mode,
        # Only TF_CONFIG says which of its tasks this process is.
        cluster_spec=config.cluster_spec if standalone else None,
        session_config=config.session_config,
    )


def estimator_train(
    estimator: Any, train_distributed_fn: Callable[..., Any], hooks: Sequence[Any]
) -> Any:
    """Does `Estimator.train` as the client of a remote cluster. Raises ValueError as `_run` does.

    `train_distributed_fn` takes an estimator, a strategy and hooks, and trains.
    """

    def train(strategy: Any) -> Any:
        mine, context = _for_this_task(estimator, _TRAIN, strategy)
        train_distributed_fn(mine, strategy, hooks if context.is_chief else [])
        return mine

    return _run(estimator, _TRAIN, train)


def estimator_evaluate(
    estimator: Any, evaluate_distributed_fn: Callable[..., Any], hooks: Sequence[Any]
) -> Any:
    """Does `Estimator.evaluate` as the client of a remote cluster, and returns the metrics.

    `evaluate_distributed_fn` takes an estimator, a strategy and hooks, and evaluates. Raises
    ValueError as `_run` does.
    """

    def evaluate(strategy: Any) -> Any:
        mine, context = _for_this_task(estimator, _EVAL, strategy)
        return evaluate_distributed_fn(mine, strategy, hooks if context.is_chief else [])

    return _run(estimator, _EVAL, evaluate)


def _coordinator() -> Any:
    from tensorflow.python.distribute import distribute_coordinator

    return distribute_coordinator


def _take_experimental_distribute(config: Any) -> Any:
    """Moves the strategies of a DistributeConfig to where Estimator looks; returns its cluster."""
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


def _leave_to_coordinator(config: Any, mode: str, cluster: Any) -> None:
    """Marks the RunConfig; its task is that of one process until the coordinator sets it."""
    config._init_distributed_setting_from_environment_var({})
    config._distribute_coordinator_mode = mode
    config._cluster_spec = cluster


def _run(estimator: Any, phase: _Phase, work: Callable[[Any], Any]) -> Any:
    """Makes the coordinator call `work` for a call of one method, and returns its result.

    Raises ValueError unless one client can do all of the cluster's work: in a process of the
    cluster, with an evaluator in it, or with a strategy that makes each worker build a graph.
    """
    from tensorflow.python.distribute import multi_worker_util

    config = estimator._config
    strategy, method = getattr(config, phase.of_config), phase.method
    cluster = multi_worker_util.normalize_cluster_spec(config.cluster_spec)
    mode = config._distribute_coordinator_mode
    if _EVALUATOR in cluster.jobs:
        raise ValueError(f"{method} does not work with an `evaluator` in the cluster: {_FIX}.")
    if mode != _coordinator().CoordinatorMode.STANDALONE_CLIENT:
        raise ValueError(
            f"{method} cannot do the part of one process of a cluster "
            f"with {type(strategy).__name__}: {_FIX}."
        )
    if strategy.extended.experimental_between_graph:
        raise ValueError(
            f"{method} cannot be the client of a remote cluster "
            f"with {type(strategy).__name__}: {_FIX}."
        )
    return _coordinator().run_distribute_coordinator(
        work, strategy, mode=mode, cluster_spec=cluster, session_config=config.session_config
    )


def _for_this_task(estimator: Any, phase: _Phase, strategy: Any) -> tuple[Any, Any]:
    """A copy of the estimator for the coordinator's task, and the context of the task."""
    from tensorflow.python.distribute import distribute_coordinator_context

    context = distribute_coordinator_context.get_current_worker_context()
    mine = copy.deepcopy(estimator)
    setattr(mine._config, phase.of_config, strategy)
    setattr(mine, phase.of_estimator, strategy)
    _take_task(mine._config, context)
    return mine, context


def _take_task(config: Any, context: Any) -> None:
    """Gives a RunConfig the fields of the coordinator's task."""
    import tensorflow as tf

    cluster, task_type = context.cluster_spec, context.task_type
    evaluates = bool(cluster) and task_type == _EVALUATOR
    count = dict.fromkeys((_CHIEF, _WORKER, _PS), 0)
    if cluster and not evaluates:
        count |= {job: cluster.num_tasks(job) for job in cluster.jobs}
    config._service = None
    config._cluster_spec = tf.train.ClusterSpec({}) if evaluates else cluster
    config._task_type, config._task_id = task_type, context.task_id
    config._master = config._evaluation_master = context.master_target
    config._is_chief = context.is_chief
    config._num_ps_replicas = count[_PS]
    config._num_worker_replicas = count[_CHIEF] + count[_WORKER] if cluster else 1
    config._global_id_in_cluster = None if evaluates else _global_id(context)


def _global_id(context: Any) -> int:
    """The number of the task among all tasks: chief, then others by name, then ps."""
    cluster, task_type = context.cluster_spec, context.task_type
    if not cluster or not task_type:  # one process, or one client for all
        return 0
    jobs = sorted(cluster.jobs, key=lambda job: (job == _PS, job != _CHIEF, job))
    before = jobs[: jobs.index(task_type)]
    return int(sum(cluster.num_tasks(job) for job in before) + context.task_id)
