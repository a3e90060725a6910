"""How a training is observed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trial.attempts import Listening, attempt, input_fn, study, trained_on

pytestmark = pytest.mark.tensorflow


class Asked(Listening):
    """Notes which checkpoints there were when it was first asked whether there is news."""

    def __init__(self, model_dir: Path) -> None:
        super().__init__()
        self.checkpoints: list[Path] | None = None
        self._model_dir = model_dir

    def poll(self) -> bool:
        if self.checkpoints is None:
            self.checkpoints = list(self._model_dir.glob("model.ckpt-*"))
        return super().poll()


def test_a_process_that_a_model_fn_forks_ends_before_it_saves_a_checkpoint(tmp_path: Path) -> None:
    channel = Asked(tmp_path / "model")  # where a forked one ends, for it may not speak
    attempt(study(trained_on(input_fn)), tmp_path, channel)
    assert channel.checkpoints == []
    assert list((tmp_path / "model").glob("model.ckpt-*"))
