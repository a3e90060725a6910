"""A session's fetches are prepared once, and give what they would give otherwise."""

from __future__ import annotations

import gc
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf

from sweep.training import fetch_cache

pytestmark = pytest.mark.tensorflow

Pair = namedtuple("Pair", "first second")


@pytest.fixture(autouse=True)
def sparing() -> Iterator[None]:
    with fetch_cache.fetching_sparingly():
        yield


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The fetches that TensorFlow has been asked to work out."""
    asked: list[Any] = []
    handler = fetch_cache._FetchHandler

    def counted(graph: Any, fetches: Any, *others: Any) -> Any:
        asked.append(fetches)
        return handler(graph, fetches, *others)

    monkeypatch.setattr(fetch_cache, "_FetchHandler", counted)
    return asked


@pytest.fixture
def session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        yield session


def counter(session: Any, name: str = "counter") -> Any:
    """A tensor that is one more at each run."""
    variable = tf.compat.v1.get_variable(name, [], tf.int64, tf.compat.v1.zeros_initializer())
    session.run(variable.initializer)
    return tf.compat.v1.assign_add(variable, 1)


def test_the_steps_of_a_training_are_worked_out_once(session: Any, worked_out: list[Any]) -> None:
    step, other = counter(session), tf.constant(5)
    worked_out.clear()
    for i in range(1, 6):
        fetches = {"caller": [step.op, step], "hook": Pair(other, {"deep": (other,)})}
        assert session.run(fetches) == {"caller": [None, i], "hook": Pair(5, {"deep": (5,)})}
    assert len(worked_out) == 1


def test_fetches_that_differ_in_anything_are_told_apart(session: Any) -> None:
    one, two = tf.constant(1), tf.constant(2)
    for fetches, expected in [
        ([one, two], [1, 2]),
        ((one, two), (1, 2)),
        (Pair(one, two), Pair(1, 2)),
        ([two, one], [2, 1]),
        ([one, [two]], [1, [2]]),
        ({"a": one}, {"a": 1}),
        ({"b": one}, {"b": 1}),
        (OrderedDict(a=one), OrderedDict(a=1)),
        (one, 1),
        (one.op, None),
        ("Const:0", 1),
    ] * 2:
        found = session.run(fetches)
        assert found == expected
        if isinstance(expected, list | tuple | dict):
            assert type(found) is type(expected)


def test_a_list_that_has_changed_is_fetched_as_it_is_now(session: Any) -> None:
    fetches = [tf.constant(1)]
    assert session.run(fetches) == [1]
    fetches[0] = tf.constant(2)
    assert session.run(fetches) == [2]


def test_what_is_fed_is_what_is_fetched(session: Any) -> None:
    one = tf.constant(1)
    assert [session.run([one]), session.run([one], {one: 3}), session.run([one])] == [[1], [3], [1]]


def test_what_is_more_than_a_tensor_is_worked_out_every_time(
    session: Any, worked_out: list[Any]
) -> None:
    sparse = tf.sparse.SparseTensor([[0, 1]], [7], [1, 2])
    for _ in range(2):
        assert session.run({"sparse": sparse})["sparse"].values.tolist() == [7]
    assert len(worked_out) == 2


def test_another_graph_refuses_the_fetches_still(session: Any) -> None:
    mine = tf.constant(1)
    session.run(mine)
    with tf.Graph().as_default(), tf.compat.v1.Session() as other:
        tf.constant(2)
        with pytest.raises(ValueError, match="not an element of this graph"):
            other.run(mine)


def test_a_graph_goes_with_its_last_session() -> None:
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        session.run([tf.constant(1)])
    left = weakref.ref(graph)
    del graph, session
    gc.collect()
    assert left() is None
