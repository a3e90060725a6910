"""`sweep lineage`: the legs of a training, a line each."""

from __future__ import annotations

from pathlib import Path

from sweep.schedule.rungs import Rungs
from tests import standin
from tests.cli.commands import Command, printed, records


def test_lineage_has_a_line_for_each_leg(run_command: Command, tmp_path: Path) -> None:
    standin.sweep(standin.study_of(), tmp_path, n_trials=3, n_jobs=1, seed=1, scheduler=Rungs(2, 3))
    header, first, last = printed(run_command("lineage")).splitlines()
    assert header.split()[:4] == ["trial", "state", "step", "value"]
    assert [line.split()[1:3] for line in (first, last)] == [["PRUNED", "10"], ["COMPLETE", "30"]]
    legs = records(run_command("lineage", "--json"))
    assert [leg["number"] for leg in legs] == [int(first.split()[0]), 3]
