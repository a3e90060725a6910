"""Whether a study in the database can continue as its file declares it. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from optuna.distributions import BaseDistribution, json_to_distribution

from sweep.flow.prepare import refuse_unknown_trials
from sweep.folder.layout import StudyFolder
from sweep.search.space import check_unchanged
from sweep.storage.database import open_for_reading
from sweep.storage.kept_study import KeptStudy
from sweep.storage.opening import check_objective
from sweep.storage.reading import read_trials, summarize_study
from sweep.study.spec import StudySpec


@dataclass(frozen=True)
class _Known:
    """What is known about a trial."""

    distributions: Mapping[str, BaseDistribution]


def check_same(url: str, folder: StudyFolder, spec: StudySpec, kept: KeptStudy) -> None:
    """Checks that a study that was started already can be continued.

    Args:
        url: the URL of the database.
        folder: the folder of the study.
        spec: what its file declares.
        kept: what the database knows about it.

    Raises:
        SweepError: the database has another search, or the folder holds trials that the database
            does not have.
    """
    refuse_unknown_trials(kept.n_trials, folder)
    if not kept.n_trials:
        return
    engine = open_for_reading(url)
    summary = summarize_study(engine, folder.name)
    check_objective(folder.name, summary.metrics, summary.directions, spec)
    distributions: dict[int, dict[str, BaseDistribution]] = defaultdict(dict)
    for number, name, _, distribution in read_trials(engine, folder.name, attrs=()).params:
        distributions[number][name] = json_to_distribution(distribution)
    check_unchanged(spec.search_space, folder.name, map(_Known, distributions.values()))
