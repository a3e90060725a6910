"""The command line as a process, as a person runs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SWEEP = [sys.executable, "-m", "sweep"]


def run_sweep(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs `python -m sweep` from the project's root to its end."""
    command = [*SWEEP, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
