"""What a study in the database was swept with so far. Reading it creates nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sweep.errors import NoStudiesError
from sweep.storage.database import open_for_reading, told_in_a_sentence
from sweep.storage.schema import STUDIES, STUDY_USER_ATTRS, TRIALS


@dataclass(frozen=True)
class KeptStudy:
    """A study as a command finds it; empty for a new study."""

    attrs: Mapping[str, Any] = field(default_factory=dict)
    """Its user attributes, including its seed and its scheduler."""
    n_trials: int = 0
    """The number of its trials, in any state."""


def read_kept_study(url: str, name: str) -> KeptStudy:
    """The study called `name`, if the database has it.

    Raises:
        StorageError: there is a database, but it cannot be read.
    """
    try:
        engine = open_for_reading(url)
    except NoStudiesError:
        return KeptStudy()
    key, value = STUDY_USER_ATTRS.c.key, STUDY_USER_ATTRS.c.value_json
    with told_in_a_sentence(engine.url, "read"), engine.connect() as connection:
        study_id = connection.scalar(sa.select(STUDIES.c.study_id).filter_by(study_name=name))
        attrs = connection.execute(sa.select(key, value).filter_by(study_id=study_id))
        count = sa.select(sa.func.count()).select_from(TRIALS).filter_by(study_id=study_id)
        return KeptStudy(
            {key: json.loads(text) for key, text in attrs}, connection.scalar(count) or 0
        )
