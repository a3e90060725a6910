"""An order executed: a process that a trial forks is not a trial."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweep.folder.layout import TrialFolder
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.execution import execute
from sweep.trial.messages import Downward, Order, Progressed, Upward
from sweep.trial.outcome import AttemptState, Outcome
from tests.standin import study_of

ORDER = Order("study", 0, 1, {}, {}, seed=7)


class Note:
    """The sweep's end of a channel, which notes who speaks."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, message: Upward, /) -> None:
        with self._file.open("a") as file:
            file.write(f"{os.getpid()} {message}\n")

    def recv(self) -> Downward:
        raise AssertionError

    def poll(self) -> bool:
        return False


@pytest.mark.parametrize("then", ["speaks", "returns", "raises"])
def test_a_forked_process_that_comes_back_neither_speaks_nor_leaves_a_result(
    tmp_path: Path, then: str
) -> None:
    def runner(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
        child = os.fork()
        if child == 0 and then == "raises":
            raise RuntimeError("the child raises")
        if child == 0 and then == "returns":
            return Outcome(AttemptState.PRUNED)
        if child:
            os.waitpid(child, 0)
            assert not folder.result.exists()
        channel.send(Progressed(1))
        return Outcome(AttemptState.COMPLETE)

    said, pid = tmp_path / "said", os.getpid()
    try:
        outcome = execute(study_of, ORDER, TrialFolder(tmp_path), Note(said), runner)
    finally:
        if os.getpid() != pid:
            os._exit(0)  # a child that came through would run the tests a second time
    assert outcome.state is AttemptState.COMPLETE
    assert said.read_text() == f"{pid} {Progressed(1)}\n"
