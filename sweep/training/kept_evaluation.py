"""One graph and one session for all evaluations of a training, if that gives the same metrics.

Estimator builds a graph, a session and a saver for each evaluation, which takes longer than the
evaluation of a small model. Here the graph and session of the first evaluation are kept. The graph
of the second is still built, and compared: if it computes the same, no further graph is built. If
it does not, or if something in it may depend on earlier evaluations, Estimator evaluates as usual
and the log says why.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from sweep import private
from sweep.training.computed import Computed, calls_python
from sweep.training.kept_session import KeptSession
from sweep.training.observe import BatchHook
from sweep.training.replacing import replaced

private.require(__name__)

from tensorflow.python.framework import op_def_registry  # noqa: E402
from tensorflow.python.training import evaluation  # noqa: E402
from tensorflow_estimator.python.estimator import util  # noqa: E402

_Estimator = tf.compat.v1.estimator.Estimator
_actual_eval = _Estimator._actual_eval
_HOOKS = (BatchHook, evaluation._StopAfterNEvalsHook, util._DatasetInitializerHook)
"""Hooks that can take part in any number of evaluations of one graph."""
_VARIABLES = {"VarHandleOp", "VariableV2", "Variable"}
_KNOWN = _VARIABLES | {
    "Assert",
    "AssignAddVariableOp",
    "AssignSubVariableOp",
    "AssignVariableOp",
    "DummyMemoryCache",
    "HashTableV2",
    "If",
    "InitializeTableFromTextFileV2",
    "InitializeTableV2",
    "IteratorGetNext",
    "IteratorV2",
    "LookupTableFindV2",
    "LookupTableImportV2",
    "LookupTableSizeV2",
    "MakeIterator",
    "PartitionedCall",
    "PyFunc",
    "ReadVariableOp",
    "ResourceGather",
    "ResourceGatherNd",
    "StatefulPartitionedCall",
    "VarIsInitializedOp",
    "While",
}
"""Ops that TensorFlow calls stateful, but whose state is reset or restored for each evaluation."""
_DATASET = re.compile(r"(?!.*(Shuffle|Random|Sampling|Sql)).*Dataset(V\d+)?")
"""Datasets that start the same way each time their iterator is initialized."""


@contextmanager
def evaluations_kept(estimator: Any, input_fn: Any) -> Iterator[None]:
    """Makes evaluations of an Estimator on an input_fn share a graph and a session in the block.

    In the block it is always the same evaluation, as in a call of `train_and_evaluate`. Evaluations
    on other input_fns are not changed.
    """
    keeper = _Keeper(estimator, input_fn)

    def evaluate(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        return keeper.evaluate(estimator, *args, **kwargs)

    with replaced(_Estimator, _actual_eval=evaluate):
        try:
            yield
        finally:
            keeper.close()


class _NotKept(Exception):
    """Why every evaluation gets its own graph."""


class _Keeper:
    def __init__(self, estimator: Any, input_fn: Any) -> None:
        self._estimator = estimator
        self._input_fn = input_fn
        self._first: _Evaluation | None = None
        self._is_sure = False
        """Whether the second evaluation turned out to be the same as the first."""
        self._leaves_alone = False

    def evaluate(
        self,
        estimator: Any,
        input_fn: Any,
        strategy: Any = None,
        steps: int | None = None,
        hooks: Sequence[Any] | None = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> Any:
        """Replaces the method of Estimator that evaluates."""
        is_meant = estimator is self._estimator and input_fn is self._input_fn
        path = checkpoint_path or tf.train.latest_checkpoint(estimator.model_dir)
        if self._leaves_alone or not is_meant or strategy is not None or path is None:
            return _actual_eval(estimator, input_fn, strategy, steps, hooks, checkpoint_path, name)
        given = [*(hooks or ()), *estimator._convert_eval_steps_to_hooks(steps)]
        if self._first is None:
            self._first = _Evaluation(estimator, input_fn, given, path)
        elif not self._is_sure:
            again = _Evaluation(estimator, input_fn, given, path)
            try:
                again.check_same(self._first)
            except _NotKept as reason:
                tf.get_logger().info(f"Each evaluation builds its own graph: {reason}.")
                self._leaves_alone = True
                self.close()
                return again.run(given, path, name)
            self._is_sure = True
        return self._first.run(given, path, name)

    def close(self) -> None:
        if self._first is not None:
            self._first.close()
            self._first = None


class _Evaluation:
    """An evaluation that Estimator built in its own graph."""

    def __init__(
        self, estimator: Any, input_fn: Any, given: Sequence[Any], checkpoint_path: str
    ) -> None:
        self._estimator = estimator
        before = _random_state()
        self._graph = tf.Graph()
        with self._graph.as_default():
            built = estimator._evaluate_build_graph(input_fn, list(given), checkpoint_path)
        self._draws = _random_state() != before
        scaffold, self._update_op, self._eval_dict, hooks = built
        self._scaffold = scaffold or tf.compat.v1.train.Scaffold()
        at = [hooks.index(hook) for hook in given]
        self._before, self._after = hooks[: min(at, default=0)], hooks[max(at, default=-1) + 1 :]
        self._hooks = hooks
        self._outputs = list(self._all_outputs())
        initializers = [op for op in self._outputs if getattr(op, "type", None) == "MakeIterator"]
        self._session = KeptSession(initializers)

    def check_same(self, first: _Evaluation) -> None:
        """Checks that the evaluation `first` gives the same metrics, however often it is made.

        The current graph is the training's.

        Raises:
            _NotKept: it may give other metrics.
        """
        self._check_hooks()
        computed = self.computed()
        self._check_ops(computed)
        if computed.fingerprint() != first.computed().fingerprint():
            raise _NotKept("the graph differs each time that it is built")

    def computed(self) -> Computed:
        """What the evaluation computes."""
        return Computed(self._graph, self._outputs)

    def run(self, given: Sequence[Any], checkpoint_path: str, name: str | None) -> Any:
        """Evaluates a checkpoint, with the hooks that were given when the evaluation was built."""
        with self._graph.as_default(), self._session.used():
            return self._estimator._evaluate_run(
                checkpoint_path=checkpoint_path,
                scaffold=self._scaffold,
                update_op=self._update_op,
                eval_dict=self._eval_dict,
                all_hooks=[*self._before, *given, *self._after],
                output_dir=self._estimator.eval_dir(name),
            )

    def close(self) -> None:
        """Releases the session."""
        self._session.close()

    def _all_outputs(self) -> Iterator[Any]:
        """Everything that an evaluation fetches, or runs beforehand."""
        keys = tf.compat.v1.GraphKeys
        yield from (self._update_op, *self._eval_dict.values())
        yield from (op for op in self._graph.get_operations() if op.type == "MakeIterator")
        yield from self._graph.get_collection(keys.TABLE_INITIALIZERS)
        yield from (each.initializer for each in self._graph.get_collection(keys.LOCAL_VARIABLES))
        if self._scaffold.local_init_op is not None:
            yield self._scaffold.local_init_op

    def _check_hooks(self) -> None:
        others = {type(hook).__name__ for hook in self._hooks if type(hook) not in _HOOKS}
        if others:
            raise _NotKept(f"it has hooks ({', '.join(sorted(others))})")
        if self._graph.get_collection(tf.compat.v1.GraphKeys.QUEUE_RUNNERS):
            raise _NotKept("its graph has queue runners")

    def _check_ops(self, computed: Computed) -> None:
        if computed.calls_python():
            raise _NotKept("its graph calls a Python function")
        if self._draws and calls_python(tf.compat.v1.get_default_graph()):
            raise _NotKept(
                "building it draws random numbers from Python or NumPy, which Python functions of "
                "the training may depend on"
            )
        if ops := sorted({node.op for node in computed.nodes() if _may_go_on(node.op)}):
            raise _NotKept(
                f"its graph has {', '.join(ops)}, which may keep state between evaluations"
            )
        keys = tf.compat.v1.GraphKeys
        collected = {
            variable.op.name
            for key in (keys.GLOBAL_VARIABLES, keys.LOCAL_VARIABLES)
            for variable in self._graph.get_collection(key)
        }
        for operation in computed.operations:
            if operation.type in _VARIABLES and operation.name not in collected:
                raise _NotKept(
                    f"its graph has the variable {operation.name}, which is in no collection"
                )
        n_iterators = sum(operation.type == "IteratorV2" for operation in computed.operations)
        if n_iterators != sum(isinstance(h, util._DatasetInitializerHook) for h in self._hooks):
            raise _NotKept("its input_fn makes its own iterator")


def _may_go_on(op: str) -> bool:
    """Whether what an op does may depend on what it did in an earlier evaluation."""
    if op in _KNOWN or _DATASET.fullmatch(op):
        return False
    definition = op_def_registry.get(op)
    return "Dataset" in op or (definition is not None and definition.is_stateful)


def _random_state() -> object:
    """The state of Python's and NumPy's global random numbers."""
    numpy: Any = np.random.get_state(legacy=False)
    state = numpy.pop("state")
    return random.getstate(), numpy, state["key"].tobytes(), state["pos"]
