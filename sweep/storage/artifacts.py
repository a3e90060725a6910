"""Files that explain a trial, listed as Optuna's artifacts for optuna-dashboard.

Nothing is copied: an artifact's id names the file of a trial, and `sweep dashboard` serves it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sweep import attrs


@dataclass(frozen=True)
class Kind:
    """A kind of file that every trial has."""

    filename: str
    mimetype: str


LOG = Kind("log.txt", "text/plain")
CURVE = Kind("curve.png", "image/png")
_KINDS = (LOG, CURVE)


@dataclass(frozen=True)
class Artifact:
    """One file of one trial."""

    study_id: int
    number: int
    kind: Kind

    @property
    def id(self) -> str:
        """The id, in hexadecimal digits and dashes: optuna-dashboard allows nothing else."""
        return f"{self.study_id:x}-{self.number:x}-{_KINDS.index(self.kind):x}"

    @classmethod
    def from_id(cls, text: str) -> Artifact:
        """The artifact with this id.

        Raises:
            ValueError: the id is not one of these.
        """
        study_id, number, kind = (int(part, 16) for part in text.split("-"))
        if kind >= len(_KINDS):
            raise ValueError(text)
        return cls(study_id, number, _KINDS[kind])


def listing(study_id: int, number: int) -> dict[str, str]:
    """The system attributes where Optuna finds a trial's artifacts."""
    artifacts = [Artifact(study_id, number, kind) for kind in _KINDS]
    return {
        f"{attrs.ARTIFACT}{artifact.id}": json.dumps(
            {
                "artifact_id": artifact.id,
                "filename": artifact.kind.filename,
                "mimetype": artifact.kind.mimetype,
                "encoding": None,
            }
        )
        for artifact in artifacts
    }
