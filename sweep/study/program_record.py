"""The record that the database keeps of a program that is swept by its flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweep.program.program import Program
from sweep.program.space import FlagSpace
from sweep.study.cluster import Cluster
from sweep.study.spec import StudySpec

_NAMES = ("n_trials", "sampler", "pruner")
"""Fields of a StudySpec that hold plain values if the study was declared on a command line."""


def to_record(spec: StudySpec) -> dict[str, Any] | None:
    """A record from which the study can be made again; None if that needs the user's own code."""
    if spec.program is None or not isinstance(spec.search_space, FlagSpace):
        return None
    return {
        "program": spec.program.to_json(),
        "search_space": spec.search_space.to_json(),
        "metric": list(spec.metrics),
        "direction": list(spec.directions),
        "constraints": list(map(str, spec.bounds)),
        "cluster": None if spec.cluster is None else str(spec.cluster),
        **{name: getattr(spec, name) for name in _NAMES},
    }


def from_record(record: Mapping[str, Any]) -> StudySpec:
    """The study that a record of `to_record` describes.

    Raises:
        UsageError: its program no longer exists.
    """
    cluster = record.get("cluster")
    return StudySpec(
        program=Program.from_json(record["program"]),
        search_space=FlagSpace.from_json(record["search_space"]),
        metric=_alone(record["metric"]),
        direction=_alone(record["direction"]),
        constraints=tuple(record.get("constraints", ())),
        cluster=None if cluster is None else Cluster.parse(cluster),
        **{name: record[name] for name in _NAMES},
    )


def program_file(record: Mapping[str, Any]) -> Path:
    """The file of the program, which may no longer exist."""
    return Path(record["program"]["file"])


def _alone(names: list[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else names
