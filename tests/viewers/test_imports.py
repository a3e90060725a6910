"""What the views import."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.running import ROOT, SWEEP
from tests.standin import study_of

Sweep = Callable[..., Any]


def test_neither_page_imports_tensorflow(sweep: Sweep, results: Path) -> None:
    sweep(study_of("fail nan loss"), n_trials=1)
    code = (
        "import sys; import sweep.viewers.dashboard, sweep.viewers.tensorboard; "
        "import optuna_dashboard; from tensorboard import program; program.TensorBoard(); "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([*SWEEP[:1], "-c", code], cwd=ROOT, check=True, timeout=60)
