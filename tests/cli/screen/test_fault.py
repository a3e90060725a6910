"""A fault of the tool itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.cli.screen.fault import faults_kept_in
from sweep.errors import FaultError


def test_the_traceback_in_the_file_holds_no_password(tmp_path: Path) -> None:
    with pytest.raises(FaultError), faults_kept_in(tmp_path, "s3kret"):
        raise ValueError("postgresql://me:s3kret@host/db is odd")
    (file,) = tmp_path.iterdir()
    assert "ValueError: postgresql://me:***@host/db is odd" in file.read_text()
