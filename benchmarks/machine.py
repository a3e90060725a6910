"""Describes the machine for the benchmarks, and writes their tables."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

import joblib

RESULTS = Path(__file__).parents[1] / "results/benchmarks"


def describe() -> str:
    """The machine and the relevant versions, in one line."""
    return (
        f"{_processor()}, {joblib.cpu_count()} cores, Python {platform.python_version()}, "
        f"TensorFlow {metadata.version('tensorflow')}, Optuna {metadata.version('optuna')}"
    )


def write_result(name: str, table: str) -> None:
    """Prints a table, and writes it to results/benchmarks/<name>.md."""
    print(table)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.md").write_text(table, encoding="utf-8")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
