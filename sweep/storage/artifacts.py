"""What explains a trial, listed in the study as Optuna's artifacts, which optuna-dashboard shows.

Nothing is copied: an artifact's id says which file of which trial it is, and `sweep dashboard`
hands that out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sweep import attrs


@dataclass(frozen=True)
class Kind:
    """What there is of every trial."""

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
        """In hexadecimal digits and dashes, the only ones that optuna-dashboard takes."""
        return f"{self.study_id:x}-{self.number:x}-{_KINDS.index(self.kind):x}"

    @classmethod
    def from_id(cls, text: str) -> Artifact:
        """The artifact with this id.

        Raises:
            ValueError: it is not one of these.
        """
        study_id, number, kind = (int(part, 16) for part in text.split("-"))
        if kind >= len(_KINDS):
            raise ValueError(text)
        return cls(study_id, number, _KINDS[kind])


def listing(study_id: int, number: int) -> dict[str, str]:
    """The system attributes by which Optuna finds a trial's artifacts."""
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
