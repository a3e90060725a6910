"""A trial's process that was not forked, and loads the study file itself."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from sweep.engine.local import LocalEngine
from sweep.trial.execution import Folders
from sweep.trial.messages import Ended, Order, Remarked, Resources, Upward
from sweep.trial.outcome import Cause, Failure

FILE = "from tests.standin import study_of\nSTUDY = study_of()\n"
SECONDS = 60


@pytest.mark.tensorflow
@pytest.mark.slow
def test_a_trial_that_would_train_another_study_file_is_refused(tmp_path: Path) -> None:
    file, heard = tmp_path / "mine.py", list[Upward]()
    file.write_text(FILE + "# changed in the meantime\n")
    sha256 = hashlib.sha256(FILE.encode()).hexdigest()
    slots = [Resources(threads=1)]
    with LocalEngine(file, Folders(tmp_path / "results", tmp_path / "scratch"), slots) as engine:
        engine.start(Order("mine", 0, 1, {}, {}, seed=7, study_sha256=sha256))
        deadline = time.monotonic() + SECONDS
        while not (heard and isinstance(heard[-1], Ended)) and time.monotonic() < deadline:
            engine.listen(0.2, lambda number, message: heard.append(message))
    remark, ended = heard
    text = f"{file} has changed since the sweep loaded it, and this trial loads it again"
    then = "back, or interrupt the sweep and run the same command again."
    assert remark == Remarked("study file", f" was refused: {text}. Put it {then}")
    assert isinstance(ended, Ended)
    assert ended.outcome.failure == Failure(Cause.STUDY, f"{text}: put it {then}")
