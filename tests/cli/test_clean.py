"""`sweep clean` as a person meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sweep.folder.layout import StudyFolder
from tests.running import run_sweep


def test_what_would_be_freed_is_said_and_freed_when_told_to(
    sweep: Callable[..., object], results: Path
) -> None:
    sweep(n_trials=2)
    checkpoint = StudyFolder(results, "study").trial(0).model_dir / "checkpoint"
    arguments = ["clean", "study", "--keep", "0", "--results", str(results)]
    ended = run_sweep(*arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        "trial  state     frees\n"
        "    0  COMPLETE  3 B\n"
        "    1  COMPLETE  3 B\n"
        "\n"
        "This would free 6 B from 2 trials of study: add --yes to free it.\n"
    )
    assert checkpoint.exists()
    assert run_sweep(*arguments, "--yes").stdout == "Freed 6 B from 2 trials of study.\n"
    assert not checkpoint.exists()
    assert run_sweep(*arguments).stdout == f"There is nothing to free in {results}/study.\n"
