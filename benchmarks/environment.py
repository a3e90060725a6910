"""The environment of the peers, and the share of the cores that they get."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import joblib

ROOT = Path(__file__).parents[1].resolve()
_FOLDER = ROOT / "benchmarks/.environments/peers"
PYTHON = _FOLDER / "bin/python"
_PACKAGES = ["-e", f"{ROOT}[studies]", "ray[tune]>=2.60,<2.61", "optuna>=5"]


def make_environment() -> None:
    """Creates the environment, or updates it."""
    if not PYTHON.exists():
        venv.create(_FOLDER, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", *_PACKAGES], check=True)


def ray_version() -> str:
    """Ray's name and version in the environment."""
    code = "from importlib.metadata import version; print('Ray', version('ray'))"
    listed = subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True)
    return listed.stdout.strip()


def threads_for(n_jobs: int) -> dict[str, str]:
    """Variables that give each of the concurrent trials an equal share of the cores."""
    share = str(max(1, joblib.cpu_count() // n_jobs))
    variables = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    return dict.fromkeys(variables, share)
