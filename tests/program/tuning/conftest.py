"""A tuning file, written and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.program.tuning.file import read_tuning_file
from sweep.program.tuning.tuning import Tuning

Read = Callable[[str], Tuning]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads a text as tuning.yaml in the working directory."""
    monkeypatch.chdir(tmp_path)

    def read_text(text: str) -> Tuning:
        Path("tuning.yaml").write_text(text)
        return read_tuning_file("tuning.yaml")

    return read_text
