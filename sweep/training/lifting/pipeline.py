"""Keeps large arrays of an input_fn out of Estimator's graph.

`Dataset.from_tensor_slices(images)` turns the arrays into constants, and Estimator writes its graph
into graph.pbtxt, the event file and every checkpoint's .meta. So an input_fn first builds a draft
in a graph of its own. If the draft has large constants, it is copied into Estimator's graph, where
each of them becomes an op that fetches the array from memory, once for each iterator. The batches
stay the same, to the last bit and in the same order.

An input_fn is called once if its draft can be copied. If it has to be called in Estimator's graph,
or if it looks at its large arrays, it is called once or twice more the first time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec
from sweep.training.around import InputFn, around
from sweep.training.lifting.graph import (
    CALLS_OF_PYTHON,
    all_nodes,
    array_of,
    fetch_from_memory,
    hoist_arrays,
    is_array,
    n_bytes,
)
from sweep.training.lifting.placeholders import (
    index_of,
    nobody_looks,
    put_back,
    stand_in_for_arrays,
)

MOST_BYTES_OF_CONSTANTS = 2 * 2**20
STATEFUL = {"Placeholder", "PlaceholderWithDefault", "Iterator", "IteratorV2"}
ONE_SHOT_ITERATORS = "iterators"  # a collection that only TensorFlow reads, to save iterators
TABLE_INITIALIZERS = tf.compat.v1.GraphKeys.TABLE_INITIALIZERS

_HINT = (
    "The {}'s input_fn was called once before, to find large arrays in it. "
    "With StudySpec(lift_arrays=False) it is called only once."
)


@dataclass(frozen=True)
class Lifting:
    """What was done with the arrays of an input_fn."""

    purpose: str
    """What the input_fn is for: training or evaluation."""
    arrays: tuple[np.ndarray, ...] = ()
    """The arrays that are kept out of the graph."""
    why_not: str | None = None
    """Why the input_fn is called unchanged, if it is."""


Told = Callable[[Lifting], None]


def with_lifted_arrays(trial_spec: TrialSpec, told: Told | None = None) -> TrialSpec:
    """The same TrialSpec, with input_fns that put no large arrays into the graph.

    A TrialSpec whose data is divided by a distribution strategy is not changed.

    Args:
        trial_spec: what is trained.
        told: is called with what was done with the arrays of each input_fn.
    """
    estimator, train, evaluate = trial_spec
    if estimator.config.train_distribute is None:
        lifter = _Lifter("training", told)
        train = train._replace(input_fn=around(train.input_fn, lifter.call))
    if estimator.config.eval_distribute is None:
        lifter = _Lifter("evaluation", told)
        evaluate = evaluate._replace(input_fn=around(evaluate.input_fn, lifter.call))
    return TrialSpec(estimator, train, evaluate)


class _LeftAlone(Exception):
    """Why an input_fn is called unchanged, in Estimator's graph."""


class _NothingToGain(_LeftAlone):
    """Why no array of an input_fn is lifted, although its draft could be copied."""


class _Lifter:
    """Calls one input_fn as often as Estimator does, and logs what was done with its arrays."""

    def __init__(self, purpose: str, told: Told | None) -> None:
        self._purpose = purpose
        self._told = told
        self._leaves_alone = False
        self._draft: _Draft | None = None

    def call(self, input_fn: InputFn) -> Any:
        if self._leaves_alone:
            return input_fn()
        untouched, first = _RandomState(), ""
        try:
            return self._lift(input_fn)
        except _LeftAlone as reason:
            self._tell_why_not(str(reason))
        except Exception as error:
            # If this is the input_fn's own fault, the call below raises it in the right place.
            self._tell_why_not(f"outside of Estimator's graph it raises {error!r}")
            first = repr(error)
        self._leaves_alone = True
        untouched.restore()
        try:
            return input_fn()
        except Exception as error:
            if repr(error) != first:
                error.add_note(_HINT.format(self._purpose))
            raise

    def _lift(self, input_fn: InputFn) -> Any:
        draft = _draft(input_fn)
        try:
            arrays = draft.arrays()
        except _NothingToGain as reason:
            result = self._take_over(draft, [])
            self._leaves_alone = True
            self._tell_why_not(str(reason))
            return result
        megabytes = sum(map(draft.size, arrays)) / 1e6
        if self._told is not None:
            self._told(Lifting(self._purpose, tuple(map(draft.value, arrays))))
        result = self._take_over(draft, arrays)
        self._log(f"has {megabytes:.1f} MB of arrays, which are kept out of the graph.")
        return result

    def _take_over(self, draft: _Draft, arrays: list[Any]) -> Any:
        result = draft.build_without(arrays)
        # Python functions of the pipeline live as long as the graph of their draft.
        self._draft = draft if draft.calls_python else None
        return result

    def _tell_why_not(self, reason: str) -> None:
        self._log(f"is called unchanged: {reason}.")
        if self._told is not None:
            self._told(Lifting(self._purpose, why_not=reason))

    def _log(self, what: str) -> None:
        tf.get_logger().info(f"The {self._purpose}'s input_fn {what}")


class _RandomState:
    """The state of Python's and NumPy's global random numbers."""

    def __init__(self) -> None:
        self._python, self._numpy = random.getstate(), np.random.get_state()

    def restore(self) -> None:
        random.setstate(self._python)
        np.random.set_state(self._numpy)


def _draft(input_fn: InputFn) -> _Draft:
    """Drafts an input_fn without its large arrays if that makes no difference, otherwise with them.

    Only the first is cheap. If it does not work, the input_fn is called twice.
    """
    untouched, arrays = _RandomState(), list[np.ndarray]()
    try:
        draft = _Draft(input_fn, arrays)
    except Exception:
        if not arrays:
            raise
        # Code that looks at zeros instead of an array can raise anything.
    else:
        if draft.is_faithful:
            return draft
    untouched.restore()
    return _Draft(input_fn, None)


class _Draft:
    """What an input_fn builds, in its own graph that is made the current one."""

    def __init__(self, input_fn: InputFn, stood_for: list[np.ndarray] | None) -> None:
        """Calls the input_fn; arrays that get a stand-in are added to `stood_for`, if given."""
        current = tf.compat.v1.get_default_graph()
        self._graph = tf.Graph()
        for operation in current.get_operations():
            self._graph.unique_name(operation.name)
        self._stood_for = [] if stood_for is None else stood_for
        with self._graph.as_default(), ExitStack() as stack:
            if stood_for is not None:
                stack.enter_context(stand_in_for_arrays(self._graph, stood_for))
            tf.compat.v1.set_random_seed(current.seed)
            self._result = input_fn()
            self._is_dataset = isinstance(self._result, tf.data.Dataset)
            self._outputs = self._flattened()
        self._definition = self._graph.as_graph_def()
        self.calls_python = any(node.op in CALLS_OF_PYTHON for node in all_nodes(self._definition))

    @property
    def is_faithful(self) -> bool:
        """Whether the stand-ins made no difference and can be replaced with their arrays."""
        functions = self._definition.library.function
        bodies = [self._definition.node, *(function.node_def for function in functions)]
        n_stand_ins = sum(index_of(node) is not None for node in all_nodes(self._definition))
        n_run_once = sum(index_of(node) is not None for node in self._nodes_run_once())
        return n_run_once == n_stand_ins and all(map(nobody_looks, bodies))

    def arrays(self) -> list[Any]:
        """The nodes of the constants to keep out of the graph.

        Raises:
            _NothingToGain: no constant is large enough.
            _LeftAlone: the draft cannot leave its graph.
        """
        if not all(tf.is_tensor(output) for output in self._outputs):
            raise _LeftAlone("it returns something other than tensors")
        left_behind = self._left_behind()
        if left_behind:
            raise _LeftAlone(f"it leaves {', '.join(left_behind)} in the graph")
        constants = sum(map(self.size, all_nodes(self._definition)))
        if constants <= MOST_BYTES_OF_CONSTANTS:
            raise _NothingToGain(f"it has {constants / 1e6:.1f} MB of constants")
        hoist_arrays(self._definition)
        nodes = self._nodes_run_once()
        arrays = [node for node in nodes if is_array(node) or index_of(node) is not None]
        if sum(map(self.size, arrays)) <= MOST_BYTES_OF_CONSTANTS:
            raise _NothingToGain(
                f"{constants / 1e6:.1f} MB of constants are used again in every step or element"
            )
        return arrays

    def size(self, node: Any) -> int:
        """The bytes of a node's constant; 0 if it has none."""
        index = index_of(node)
        return n_bytes(node) if index is None else self._stood_for[index].nbytes

    def value(self, node: Any) -> np.ndarray:
        """The array of a node's constant."""
        index = index_of(node)
        return array_of(node) if index is None else self._stood_for[index]

    def build_without(self, arrays: list[Any]) -> Any:
        """Builds the same in the current graph, with each of these arrays fetched from memory."""
        for node in arrays:
            fetch_from_memory(node, self.value(node))
        for node in self._definition.node:
            if (index := index_of(node)) is not None:
                put_back(node, self._stood_for[index])
        names = [output.name for output in self._outputs]
        outputs = tf.graph_util.import_graph_def(self._definition, return_elements=names, name="")
        self._continue_seeds()
        self._hand_over_initializers()
        if self._is_dataset:
            return tf.data.experimental.from_variant(outputs[0], self._result.element_spec)
        for output, drafted in zip(outputs, self._outputs, strict=True):
            output.set_shape(drafted.shape)
        return tf.nest.pack_sequence_as(self._result, outputs, expand_composites=True)

    def _flattened(self) -> list[Any]:
        if self._is_dataset:
            return [tf.data.experimental.to_variant(self._result)]
        return list(tf.nest.flatten(self._result, expand_composites=True))

    def _continue_seeds(self) -> None:
        """Makes the current graph draw its next seed as if the input_fn had been called in it."""
        tf.compat.v1.set_random_seed(self._graph.seed)
        with self._graph.as_default():
            tf.compat.v1.set_random_seed(1)  # without a seed none is drawn
            _, n_drawn = tf.compat.v1.get_seed(None)
        for _ in range(n_drawn):
            tf.compat.v1.get_seed(None)

    def _hand_over_initializers(self) -> None:
        current = tf.compat.v1.get_default_graph()
        for initializer in self._graph.get_collection(TABLE_INITIALIZERS):
            same = current.as_graph_element(initializer.name)
            current.add_to_collection(TABLE_INITIALIZERS, same)

    def _left_behind(self) -> list[str]:
        """What the graph contains for others to find, besides what the input_fn returns."""
        collections = self._graph.get_all_collection_keys()
        kept = {str(name) for name in collections if self._graph.get_collection_ref(name)}
        kept |= {node.op for node in all_nodes(self._definition) if node.op in STATEFUL}
        return sorted(kept - {ONE_SHOT_ITERATORS, TABLE_INITIALIZERS})

    def _nodes_run_once(self) -> Iterator[Any]:
        """The nodes that run at most once for each iterator."""
        in_every_step = set() if self._is_dataset else self._names_behind_outputs()
        factories = set()
        for node in self._definition.node:
            if node.name not in in_every_step:
                yield node
            if node.op == "OneShotIterator":
                factories.add(node.attr["dataset_factory"].func.name)
        for function in self._definition.library.function:
            if function.signature.name in factories:
                yield from function.node_def

    def _names_behind_outputs(self) -> set[str]:
        names: set[str] = set()
        operations = [output.op for output in self._outputs]
        while operations:
            operation = operations.pop()
            if operation.name not in names:
                names.add(operation.name)
                operations += operation.control_inputs
                operations += [tensor.op for tensor in operation.inputs]
        return names
