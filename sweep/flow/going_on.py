"""A study that continues: whether it runs what its trials so far have run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from sweep import attrs
from sweep.errors import UsageError
from sweep.program.space import FlagSpace
from sweep.storage.kept_study import KeptStudy
from sweep.study.program_record import program_file
from sweep.study.spec import StudySpec


def other_program(name: str, spec: StudySpec, kept: KeptStudy) -> str | None:
    """A notice if the study's trials so far ran something else."""
    before = kept.attrs.get(attrs.PROGRAM)
    if before is None or spec.program is None:
        return None
    if kept.n_trials:
        _check_same_program(name, spec, before)
    if before["program"] == spec.program.to_json():
        return None
    return (
        f"Study {name!r} was started as {_command(before['program'])}, and continues as "
        f"{_command(spec.program.to_json())}: its trials may not be comparable."
    )


def other_cluster(name: str, spec: StudySpec, kept: KeptStudy) -> str | None:
    """A notice that trials are clusters, or that the study's trials so far were other clusters."""
    before = kept.attrs.get(attrs.CLUSTER)
    now = None if spec.cluster is None else str(spec.cluster)
    if kept.n_trials and now != before:
        one = "one process"
        return (
            f"Study {name!r} has trials of {before or one}, and continues with trials of "
            f"{now or one}: they may not be comparable."
        )
    if spec.cluster is None:
        return None
    return f"Each trial is a cluster of {spec.cluster.n_tasks} processes: {now}."


def _check_same_program(name: str, spec: StudySpec, before: Mapping[str, Any]) -> None:
    """Checks that a study with trials continues with its program, and varies the same flags.

    Raises:
        UsageError: it does not.
    """
    file, now = program_file(before), spec.program.file if spec.program is not None else None
    if now != file and file.is_file():
        raise UsageError(
            f"Study {name!r} sweeps the program {file}, not {now}: give the sweep of {now} another "
            "--name."
        )
    varied = FlagSpace.from_json(before["search_space"])
    if isinstance(spec.search_space, FlagSpace) and {*varied.names} != {*spec.search_space.names}:
        raise UsageError(
            f"Study {name!r} varies {', '.join(varied.names)}, but this command varies "
            f"{', '.join(spec.search_space.names)}: name the same flags with --vary, or start "
            "another study with --name."
        )


def _command(program: Mapping[str, Any]) -> str:
    called = ["-m", program["module"]] if program["module"] else [program["file"]]
    return shlex.join([*called, "--", *program["arguments"]])
