import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

import sweep
from sweep.estimator import restore

restore()  # before the tests import TensorFlow, as every program has to


@pytest.fixture
def fresh_python() -> Callable[..., str]:
    """Runs code in a new interpreter and returns what it printed; fails the test if it fails."""

    def run(
        code: str,
        *args: str,
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> str:
        environment = {name: v for name, v in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
        environment |= {"PYTHONPATH": str(Path(sweep.__file__).parents[1]), **(env or {})}
        ended = subprocess.run(
            [sys.executable, *options, "-c", code, *args],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run
