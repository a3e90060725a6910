"""One graph and one session for all evaluations of a training, where that makes no difference.

Estimator builds a graph, a session and a saver for each, which takes longer than the evaluation of
a small model. Here those of the first are kept. The second one's graph is built all the same, and
compared: where it computes the same, no later one is built. Where it does not, or where something
in it might go on from where the evaluation before has left it, Estimator goes on as ever, and the
log says why.
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
"""Hooks that may take part in any number of evaluations of one graph."""
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
"""Ops that TensorFlow calls stateful, whose state is restored or made anew for every evaluation."""
_DATASET = re.compile(r"(?!.*(Shuffle|Random|Sampling|Sql)).*Dataset(V\d+)?")
"""Datasets that begin as they did the first time when their iterator is made anew."""


@contextmanager
def evaluations_kept(estimator: Any, input_fn: Any) -> Iterator[None]:
    """Has evaluations of an Estimator on an input_fn share a graph and a session in the block.

    In the block it is always the same evaluation, as in a call of `train_and_evaluate`. Evaluations
    on other input_fns are left alone.
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
    """Why every evaluation has a graph of its own."""


class _Keeper:
    def __init__(self, estimator: Any, input_fn: Any) -> None:
        self._estimator = estimator
        self._input_fn = input_fn
        self._first: _Evaluation | None = None
        self._is_sure = False
        """Whether the second evaluation has turned out to be the first one again."""
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
        """Takes the place of the method of Estimator that evaluates."""
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
                tf.get_logger().info(f"Each evaluation has a graph of its own: {reason}.")
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
    """An evaluation that Estimator has built, in a graph of its own."""

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
        """Sees that the evaluation `first` gives the same metrics, however often it is made.

        The current graph is the training's.

        Raises:
            _NotKept: it may not.
        """
        self._check_hooks()
        computed = self.computed()
        self._check_ops(computed)
        if computed.fingerprint() != first.computed().fingerprint():
            raise _NotKept("it is not the same each time that it is built")

    def computed(self) -> Computed:
        """What the evaluation computes."""
        return Computed(self._graph, self._outputs)

    def run(self, given: Sequence[Any], checkpoint_path: str, name: str | None) -> Any:
        """Makes the evaluation of a checkpoint, with hooks as they were given when it was built."""
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
        """Gives the session back."""
        self._session.close()

    def _all_outputs(self) -> Iterator[Any]:
        """All that is fetched by an evaluation, or run before it."""
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
                "to build it draws random numbers of Python or NumPy, which the training's Python "
                "functions may go on from"
            )
        if ops := sorted({node.op for node in computed.nodes() if _may_go_on(node.op)}):
            raise _NotKept(f"its graph has {', '.join(ops)}, which may go on from where it was")
        keys = tf.compat.v1.GraphKeys
        collected = {
            variable.op.name
            for key in (keys.GLOBAL_VARIABLES, keys.LOCAL_VARIABLES)
            for variable in self._graph.get_collection(key)
        }
        for operation in computed.operations:
            if operation.type in _VARIABLES and operation.name not in collected:
                raise _NotKept(f"its graph has the variable {operation.name} in no collection")
        n_iterators = sum(operation.type == "IteratorV2" for operation in computed.operations)
        if n_iterators != sum(isinstance(h, util._DatasetInitializerHook) for h in self._hooks):
            raise _NotKept("its input_fn has an iterator of its own")


def _may_go_on(op: str) -> bool:
    """Whether what an op does may depend on what it did in the evaluation before."""
    if op in _KNOWN or _DATASET.fullmatch(op):
        return False
    definition = op_def_registry.get(op)
    return "Dataset" in op or (definition is not None and definition.is_stateful)


def _random_state() -> object:
    """What Python's and NumPy's global random numbers go on from."""
    numpy: Any = np.random.get_state(legacy=False)
    state = numpy.pop("state")
    return random.getstate(), numpy, state["key"].tobytes(), state["pos"]
