"""Large arrays of an input_fn are kept out of the graph, and nothing else changes."""

from __future__ import annotations

import contextlib
import gc
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import numpy.testing as npt
import pytest
import tensorflow as tf

from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.layout import TrialFolder
from sweep.study.spec import StudySpec
from sweep.training.lifting.pipeline import with_lifted_arrays
from sweep.trial.attempt import run_attempt
from sweep.trial.explanation import in_one_line
from sweep.trial.messages import Answer, Evaluated, Order
from sweep.trial.outcome import AttemptState

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from one-shot iterators
]

N_ROWS = 600
X = np.random.default_rng(1).random((N_ROWS, 1000), np.float32)  # 2.4 MB
Y = np.arange(N_ROWS)


def slices() -> Any:
    return tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).shuffle(N_ROWS).batch(50)


def without_labels() -> Any:
    return tf.data.Dataset.from_tensor_slices({"x": X}).batch(50)


def nested_features() -> Any:
    features = {"x": X, "more": {"pair": (Y, Y.astype("int8")), "half": X[:, :2].astype("f2")}}
    return tf.data.Dataset.from_tensor_slices((features, {"y": Y})).repeat(2).batch(50, True)


def ragged() -> Any:
    rows = tf.RaggedTensor.from_row_lengths(X.reshape(-1), np.arange(N_ROWS) % 2 * 2000)
    return tf.data.Dataset.from_tensor_slices(({"x": rows}, Y)).batch(50)


def sparse() -> Any:
    rows = tf.sparse.from_dense(X)
    return tf.data.Dataset.from_tensor_slices(({"x": rows}, Y)).batch(50)


def words() -> Any:
    rows = np.array([f"wörd {row}" * 500 for row in range(N_ROWS)])
    return tf.data.Dataset.from_tensor_slices(({"x": rows}, Y)).batch(50)


def table() -> Any:
    values = tf.lookup.KeyValueTensorInitializer(Y, Y * 2)
    doubled = tf.lookup.StaticHashTable(values, -1)
    return slices().map(lambda features, label: (features, doubled.lookup(label)))


def beside_a_generator() -> Any:
    counted = tf.data.Dataset.from_generator(
        lambda: iter(range(N_ROWS)), output_signature=tf.TensorSpec((), tf.int64)
    )
    rows = tf.data.Dataset.from_tensor_slices(X)
    return tf.data.Dataset.zip((rows, counted)).map(lambda x, n: ({"x": x}, n)).batch(50)


def gathered() -> Any:
    indices = tf.data.Dataset.range(N_ROWS).shuffle(N_ROWS)
    return indices.map(lambda row: ({"x": tf.gather(X, row)}, row), num_parallel_calls=2).batch(50)


def gathered_twice() -> Any:
    def epoch(first: Any) -> Any:
        rows = tf.data.Dataset.range(N_ROWS)
        return rows.map(lambda row: ({"x": tf.gather(X, row)}, tf.gather(Y, row) + first))

    return tf.data.Dataset.range(2).flat_map(epoch).batch(50)


def one_shot() -> Any:
    return tf.compat.v1.data.make_one_shot_iterator(slices()).get_next()


def one_shot_gathered() -> Any:
    return tf.compat.v1.data.make_one_shot_iterator(gathered()).get_next()


def jittered() -> Any:
    """Random numbers in the pipeline, and its own seed for the whole graph."""
    tf.compat.v1.set_random_seed(3)
    return slices().map(lambda features, label: (features["x"] * tf.random.uniform([]), label))


def shaped_by_its_values() -> Any:
    """While the graph is built, TensorFlow computes the number of columns from the array."""
    rows = tf.constant(X)
    n_columns = tf.cast(tf.reduce_max(tf.round(rows)), tf.int32) * 500 + 500
    rows = tf.reshape(rows, tf.stack([-1, n_columns]))
    return tf.data.Dataset.from_tensor_slices({"x": rows}).batch(50)


def overwritten() -> Any:
    rows = X.copy()
    dataset = tf.data.Dataset.from_tensor_slices({"x": rows}).batch(50)
    rows[:] = 0
    return dataset


def converted() -> Any:
    return tf.data.Dataset.from_tensor_slices({"x": tf.constant(X, tf.float64)}).batch(50)


LIFTED = [
    slices,
    shaped_by_its_values,
    overwritten,
    converted,
    without_labels,
    nested_features,
    ragged,
    sparse,
    words,
    table,
    beside_a_generator,
    gathered,
    gathered_twice,
    one_shot,
    one_shot_gathered,
    jittered,
]


@dataclass
class Seen:
    """What a training has seen."""

    batches: list[list[Any]]
    structure: Any
    """With the dtypes and static shapes."""
    random_value: float
    """What the model drew first."""
    n_bytes: int
    """Of the graph, as Estimator writes it."""


class _Recorder(tf.compat.v1.train.SessionRunHook):  # type: ignore[misc]
    def __init__(self, fetched: Any) -> None:
        self._fetched = fetched
        self.values: list[Any] = []

    def before_run(self, run_context: Any) -> Any:
        return tf.compat.v1.train.SessionRunArgs(self._fetched)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.values.append(run_values.results)


def train(input_fn: Callable[..., Any], model_dir: Path, lift: bool = True) -> Seen:
    """Trains to the end of the input, or 100 steps."""
    random.seed(1)
    np.random.seed(1)
    seen: dict[str, Any] = {}

    def model_fn(features: Any, labels: Any, mode: str, params: Any) -> Any:
        gc.collect()  # what nothing holds must not be needed any more
        inputs = features if labels is None else (features, labels)
        tensors = tf.nest.flatten(inputs, expand_composites=True)
        seen["shapes"] = [(str(tensor.shape), tensor.dtype) for tensor in tensors]
        seen["structure"] = tf.nest.map_structure(lambda _: None, inputs)
        seen["recorder"] = _Recorder((tensors, tf.random.uniform([])))
        step = tf.compat.v1.train.get_global_step()
        return tf.estimator.EstimatorSpec(
            mode,
            loss=tf.constant(0.0),
            train_op=tf.compat.v1.assign_add(step, 1),
            training_hooks=[seen["recorder"]],
        )

    trial_spec = spec_of(input_fn, model_fn, model_dir)
    if lift:
        trial_spec = with_lifted_arrays(trial_spec)
    estimator, train_spec, _ = trial_spec
    estimator.train(train_spec.input_fn, max_steps=train_spec.max_steps)
    values = seen["recorder"].values
    return Seen(
        [batch for batch, _ in values],
        (seen["structure"], seen["shapes"]),
        values[0][1],
        (model_dir / "graph.pbtxt").stat().st_size,
    )


def counting_model_fn(features: Any, labels: Any, mode: str, params: Any) -> Any:
    """Learns nothing; an evaluation tells the mean of the labels."""
    step = tf.compat.v1.train.get_global_step()
    return tf.estimator.EstimatorSpec(
        mode,
        loss=tf.constant(0.0),
        train_op=tf.compat.v1.assign_add(step, 1),
        eval_metric_ops={"mean": tf.compat.v1.metrics.mean(labels)},
    )


def spec_of(input_fn: Any, model_fn: Any, model_dir: Path, **options: Any) -> TrialSpec:
    config = tf.estimator.RunConfig(str(model_dir), tf_random_seed=7, **options)
    return spec_of_config(input_fn, model_fn, config)


def spec_of_config(input_fn: Any, model_fn: Any, config: Any) -> TrialSpec:
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config, params={"rows": 5}),
        tf.estimator.TrainSpec(input_fn, max_steps=100),
        tf.estimator.EvalSpec(input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines of TensorFlow's log."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = tf.get_logger(), Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.setLevel(level)
    logger.removeHandler(handler)


def assert_same(seen: Seen, expected: Seen) -> None:
    assert seen.structure == expected.structure
    assert len(seen.batches) == len(expected.batches) > 0
    for batch, other in zip(seen.batches, expected.batches, strict=True):
        for array, other_array in zip(batch, other, strict=True):
            npt.assert_array_equal(array, other_array, strict=isinstance(array, np.ndarray))
    assert seen.random_value == expected.random_value


@pytest.mark.parametrize(
    "input_fn",
    [
        pytest.param(input_fn, marks=pytest.mark.slow)
        if input_fn not in (slices, ragged, words, table, gathered, one_shot)
        else input_fn
        for input_fn in LIFTED
    ],
)
def test_a_training_sees_the_same_batches_and_writes_a_small_graph(
    input_fn: Callable[..., Any], tmp_path: Path
) -> None:
    written = train(input_fn, tmp_path / "written", lift=False)
    lifted = train(input_fn, tmp_path / "lifted")

    assert_same(lifted, written)
    assert written.n_bytes > 2 * X.nbytes * 0.8, "an array's bytes are written in octal"
    assert lifted.n_bytes < 200_000


@pytest.mark.slow
def test_an_array_that_every_step_uses_is_there_beside_those_that_are_lifted(
    tmp_path: Path,
) -> None:
    def input_fn() -> Any:
        return {"x": single_element()["x"], "rows": one_shot()[0]["x"]}

    written = train(input_fn, tmp_path / "written", lift=False)
    lifted = train(input_fn, tmp_path / "lifted")

    assert_same(lifted, written)
    assert lifted.n_bytes < 0.6 * written.n_bytes


def test_checkpoints_and_event_files_are_small(tmp_path: Path) -> None:
    train(slices, tmp_path)

    sizes = {path.name: path.stat().st_size for path in tmp_path.rglob("*")}
    assert any(name.endswith(".meta") for name in sizes)
    assert max(sizes.values()) < 200_000


def small() -> Any:
    return tf.data.Dataset.from_tensor_slices(({"x": Y}, Y)).batch(50)


def shuffled_small() -> Any:
    rows = tf.data.Dataset.from_tensor_slices(({"x": X[:, :500]}, Y))  # 1.2 MB get a stand-in
    return rows.shuffle(N_ROWS).map(
        lambda x, y: (x, tf.cast(y, tf.float32) * tf.random.uniform([]))
    )


def placeholder() -> Any:
    fed = tf.compat.v1.placeholder_with_default(1.0, [])
    return slices().map(lambda features, label: (features["x"] * fed, label))


def initializable() -> Any:
    iterator = tf.compat.v1.data.make_initializable_iterator(slices())
    tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
    return iterator.get_next()


def variable() -> Any:
    factor = tf.compat.v1.get_variable("factor", [], trainable=False)
    return slices().map(lambda features, label: (features["x"] * factor, label))


def summarised() -> Any:
    tf.compat.v1.summary.scalar("rows", N_ROWS)
    return slices()


def whole() -> Any:
    return {"x": tf.constant(X)}, tf.constant(Y)


def single_element() -> Any:
    return {"x": tf.data.Dataset.from_tensors(X).get_single_element()}


def queued() -> Any:
    return tf.compat.v1.estimator.inputs.numpy_input_fn({"x": X}, Y, 50, shuffle=False)()


def step_by_name() -> Any:
    step = tf.compat.v1.get_default_graph().get_tensor_by_name("global_step:0")
    return slices().repeat(1 + step.shape.rank)


LEFT_ALONE = {
    small: "it has 0.0 MB of constants",
    placeholder: "it leaves PlaceholderWithDefault in the graph",
    initializable: "it leaves IteratorV2 in the graph",
    variable: "it leaves variables in the graph",
    summarised: "it leaves summaries in the graph",
    whole: "2.4 MB of constants are used again in every step or element",
    single_element: "2.4 MB of constants are used again in every step or element",
    queued: "it leaves Placeholder, queue_runners, summaries in the graph",
    step_by_name: "outside of Estimator's graph it raises KeyError(",
}


@pytest.mark.parametrize(
    ("input_fn", "reason"),
    [
        pytest.param(input_fn, reason, marks=pytest.mark.slow)
        if input_fn not in (small, whole, step_by_name)
        else (input_fn, reason)
        for input_fn, reason in LEFT_ALONE.items()
    ],
)
def test_an_input_fn_that_cannot_leave_its_graph_is_called_as_it_is(
    input_fn: Callable[..., Any], reason: str, tmp_path: Path, log: list[str]
) -> None:
    written = train(input_fn, tmp_path / "written", lift=False)
    left_alone = train(input_fn, tmp_path / "left alone")

    assert_same(left_alone, written)
    assert left_alone.n_bytes == pytest.approx(written.n_bytes, abs=10_000)
    said = [line for line in log if line.startswith("The training's input_fn")]
    assert len(said) == 1
    assert f"is called unchanged: {reason}" in said[0]


def counted(input_fn: Callable[..., Any]) -> tuple[Callable[..., Any], list[None]]:
    """The input_fn, and a list that grows with every call."""
    calls: list[None] = []

    def call() -> Any:
        calls.append(None)
        return input_fn()

    return call, calls


@pytest.mark.parametrize("input_fn", [small, slices, table, beside_a_generator, shuffled_small])
def test_an_input_fn_is_called_once(input_fn: Callable[..., Any], tmp_path: Path) -> None:
    called, calls = counted(input_fn)
    written = train(input_fn, tmp_path / "written", lift=False)
    assert_same(train(called, tmp_path / "lifted"), written)
    assert len(calls) == 1


def test_one_that_has_to_be_called_twice_and_cannot_be_says_how_to_have_it_called_once(
    tmp_path: Path,
) -> None:
    columns = {"y": Y}

    def input_fn() -> Any:
        labels = columns.pop("y")
        tf.compat.v1.summary.scalar("rows", N_ROWS)  # which has to be in Estimator's graph
        return tf.data.Dataset.from_tensor_slices(({"x": Y}, labels)).batch(50)

    with pytest.raises(KeyError) as raised:
        train(input_fn, tmp_path)
    assert in_one_line(raised.value) == (
        "KeyError: 'y' (The training's input_fn was called once before, to find large arrays in "
        "it. With StudySpec(lift_arrays=False) it is called only once.)"
    )


class Rows:
    """An input_fn that is an object, or one of its methods."""

    def __call__(self, params: Any) -> Any:
        return slices().take(params["rows"])

    def method(self, mode: str, params: Any, config: Any) -> Any:
        assert (mode, config.tf_random_seed) == ("train", 7)
        return self(params)


def some_rows(dataset_fn: Callable[[], Any], params: Any, mode: str = "none") -> Any:
    return dataset_fn().take(params["rows"] if mode == "train" else 0)


@pytest.mark.parametrize(
    "input_fn",
    [
        lambda params: slices().take(params["rows"]),
        Rows(),
        Rows().method,
        partial(some_rows, slices),
        partial(some_rows, dataset_fn=slices),
        partial(partial(some_rows, slices), mode="train"),
    ],
    ids=["function", "object", "method", "partial", "partial by name", "partial of a partial"],
)
def test_an_input_fn_gets_the_arguments_that_it_names(
    input_fn: Callable[..., Any], tmp_path: Path
) -> None:
    assert len(train(input_fn, tmp_path).batches) == 5


def test_an_error_of_the_input_fn_is_raised_as_it_is(tmp_path: Path) -> None:
    def input_fn() -> Any:
        raise OSError("no such data")

    with pytest.raises(OSError, match=r"^no such data$"):
        train(input_fn, tmp_path)


def test_an_error_in_the_pipeline_names_the_same_op(tmp_path: Path) -> None:
    def input_fn() -> Any:
        return slices().map(
            lambda features, label: (
                tf.debugging.check_numerics(features["x"] / 0, "a division"),
                label,
            )
        )

    with pytest.raises(tf.errors.InvalidArgumentError, match="a division"):
        train(input_fn, tmp_path)


@pytest.mark.slow
def test_random_numbers_of_numpy_are_drawn_as_often_as_without(tmp_path: Path) -> None:
    def shuffled(n_columns: int) -> Any:
        order = np.random.permutation(N_ROWS)
        return tf.data.Dataset.from_tensor_slices(({"x": X[order, :n_columns]}, order)).batch(50)

    for name, n_columns in {"lifted": 1000, "left alone": 1}.items():
        input_fn = partial(shuffled, n_columns)
        written = train(input_fn, tmp_path / name / "written", lift=False)
        assert_same(train(input_fn, tmp_path / name / "lifted"), written)


def test_every_evaluation_calls_the_input_fn_once_and_sees_what_it_returns(tmp_path: Path) -> None:
    calls: list[None] = []

    def eval_input_fn() -> Any:
        calls.append(None)
        n_calls = len(calls)
        return slices().map(lambda features, label: (features, label + n_calls))

    trial_spec = spec_of(slices, counting_model_fn, tmp_path)
    eval_spec = trial_spec.eval_spec._replace(input_fn=eval_input_fn)
    lifted = with_lifted_arrays(trial_spec._replace(eval_spec=eval_spec))
    estimator = trial_spec.estimator
    estimator.train(slices, steps=1)

    means = [estimator.evaluate(lifted.eval_spec.input_fn)["mean"] for _ in range(3)]

    assert means == [Y.mean() + 1, Y.mean() + 2, Y.mean() + 3]
    assert len(calls) == 3


def test_inputs_of_a_distribution_strategy_are_left_as_they_are(tmp_path: Path) -> None:
    strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    trial_spec = spec_of(slices, counting_model_fn, tmp_path, train_distribute=strategy)

    lifted = with_lifted_arrays(trial_spec)

    assert lifted.train_spec.input_fn is slices
    assert lifted.eval_spec.input_fn is not slices


@pytest.mark.parametrize("lift_arrays", [True, False])
def test_a_study_decides_whether_its_trials_lift_arrays(
    lift_arrays: bool, tmp_path: Path, log: list[str]
) -> None:
    spec = StudySpec(
        search_space=lambda trial: {},
        build=lambda params, config: spec_of_config(slices, counting_model_fn, config),
        metric="mean",
        direction="maximize",
        lift_arrays=lift_arrays,
        write_graph=True,
    )
    above, below = Pipe()
    answering = Thread(target=answer_evaluations, args=(above,))
    answering.start()

    order = Order("study", 0, 1, {}, {}, seed=7)
    outcome = run_attempt(spec, order, TrialFolder(tmp_path), below)

    below.close()
    answering.join()
    assert outcome.state is AttemptState.COMPLETE
    assert outcome.metrics["mean"] == Y.mean()
    assert ((tmp_path / "model/graph.pbtxt").stat().st_size < X.nbytes) is lift_arrays
    said = [
        line for line in log if line.endswith("2.4 MB of arrays, which are kept out of the graph.")
    ]
    assert len(said) == (2 if lift_arrays else 0)


def answer_evaluations(channel: Connection) -> None:
    """Lets a trial go on after every evaluation, as the sweep does."""
    with contextlib.suppress(EOFError):
        while True:
            if isinstance(channel.recv(), Evaluated):
                channel.send(Answer(prune=False))
