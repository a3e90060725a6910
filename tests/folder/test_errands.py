"""Work on remote storage in a thread."""

from __future__ import annotations

import pytest

from sweep.errors import RemoteError
from sweep.folder import errands
from sweep.folder.errands import Errands


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "SHORTEST_PAUSE", 0.01)


def test_work_that_fails_is_done_again_before_what_comes_after_it() -> None:
    done: list[str] = []
    said: list[str] = []
    fails = iter([True, True, False])

    def first() -> None:
        if next(fails):
            raise RemoteError("s3://b cannot be used: it is away.")
        done.append("first")

    work = Errands("s3://b", said.append)
    work.submit("first", first)
    work.submit("second", lambda: done.append("second"))
    assert work.wait(10)
    work.close()
    assert done == ["first", "second"]
    assert said == [
        "s3://b cannot be used: it is away. Trials continue, and their files are kept here "
        "until they can be uploaded.",
        "s3://b is back, and missing files are uploaded.",
    ]


def test_an_error_of_any_kind_is_no_reason_to_stop() -> None:
    done: list[str] = []
    fails = iter([True, False])

    def work_once() -> None:
        if next(fails):
            raise OSError("the disk is full")
        done.append("done")

    work = Errands("s3://b", lambda text: None)
    work.submit("work", work_once)
    assert work.wait(10)
    work.close()
    assert done == ["done"]
