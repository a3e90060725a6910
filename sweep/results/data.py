"""A study, read once for its plots and its report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.folder.layout import RESULTS
from sweep.results.configurations import FEASIBLE
from sweep.results.confirmation import Verdict, verdict_of
from sweep.results.ranking import (
    best_first,
    best_trials,
    broken_by_configurations,
    values_of_configurations,
)
from sweep.results.tables import curves_table, trials_table
from sweep.results.trials import Trials, trials_of, value_columns
from sweep.search.preference import Preference
from sweep.storage.copies import anchored_results
from sweep.storage.database import open_for_reading
from sweep.storage.queries import Rows
from sweep.storage.reading import (
    StudySummary,
    TrialRows,
    read_reports,
    read_study_attrs,
    read_trials,
    summarize_study,
)
from sweep.storage.url import storage_url


@dataclass(frozen=True, repr=False)
class StudyData:
    """A study's summary and rows; tables are made when they are first used.

    A notebook shows it as a table of its trials.
    """

    summary: StudySummary
    rows: TrialRows
    reports: Rows
    attrs: dict[str, Any]
    """The study's user attributes, including its seed."""
    results: Path
    """The results folder that it was read with."""
    preference: Preference | None = None
    """How much each of several metrics counts."""

    def __repr__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self.summary.states.items())
        return f"<StudyData {self.summary.name!r}: {states or 'no trials'}>"

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(repr(self))}</b></p>{self.trials.to_html(max_rows=20)}"

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The trials, as `load_trials` returns them."""
        return trials_table(self.decoded)

    @cached_property
    def configurations(self) -> pd.DataFrame:
        """The rows of the COMPLETE trials that represent configurations, with their values."""
        judged = values_of_configurations(self.summary, self.decoded)
        trials = self.trials[self.trials["number"].isin(judged)].copy()
        for objective, column in enumerate(self.decoded.values):
            trials[column] = [judged[number][objective] for number in trials["number"]]
        if self.decoded.excesses:
            broken = broken_by_configurations(self.summary, self.decoded)
            trials[FEASIBLE] = [not broken[number] for number in trials["number"]]
        return trials

    @cached_property
    def decoded(self) -> Trials:
        """The trials as plain columns."""
        return trials_of(self.summary, self.rows, self.results)

    @cached_property
    def best(self) -> Trials:
        """The best trial, or the Pareto front if the study has several metrics."""
        return best_trials(self.summary, self.decoded)

    @cached_property
    def verdict(self) -> Verdict:
        """The configurations, ranked by their means over several seeds.

        Raises:
            UsageError: no configuration has several seeds, or the study has several metrics and no
                preference.
        """
        return verdict_of(self.summary, self.decoded, self.preference)

    @cached_property
    def ranked(self) -> Trials | None:
        """The COMPLETE trials, the best first; None if they have no single order."""
        if len(self.metrics) > 1 and self.preference is None:
            return None
        decoded = self.decoded
        return best_first(self.summary, decoded, len(decoded), preference=self.preference)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """The learning curves, as `load_curves` returns them."""
        return curves_table(self.summary, self.reports)

    @cached_property
    def importances(self) -> pd.DataFrame:
        """The importances by PED-ANOVA, as `load_importances` returns them.

        Raises:
            UsageError: the study has too few COMPLETE trials.
        """
        from sweep.results.importances import Importance, importances

        return pd.DataFrame(importances(self.summary, self.rows), columns=Importance._fields)

    @cached_property
    def importance_spread(self) -> pd.DataFrame:
        """The range of each importance that chance explains: metric, param, low, high.

        Raises:
            UsageError: the study has too few COMPLETE trials.
        """
        from sweep.results.importances import Spread, importance_spread

        return pd.DataFrame(importance_spread(self.summary, self.rows), columns=Spread._fields)

    @cached_property
    def log_params(self) -> frozenset[str]:
        """The params that are searched on a log scale."""
        distributions = {(name, distribution) for _, name, _, distribution in self.rows.params}
        return frozenset(
            name for name, text in distributions if json.loads(text)["attributes"].get("log")
        )

    @property
    def metrics(self) -> dict[str, str]:
        """The names of the metrics, each with its column of `trials`."""
        columns = value_columns(self.summary)
        return dict(zip(self.summary.metrics or columns, columns, strict=True))


def load_study(
    study: str,
    *,
    results: str | Path = RESULTS,
    storage: str | None = None,
    prefer: str | None = None,
) -> StudyData:
    """Reads everything that a study's plots need.

    Args:
        study: the study's name.
        results: the results folder of the study.
        storage: the URL of the database, if it is not studies.db in the results folder.
        prefer: how to rank the trials of a study with several metrics, as in "accuracy" or
            "accuracy=2,loss=1".

    Raises:
        StorageError: there is no such database or study.
        UsageError: `prefer` cannot be parsed.
    """
    preference = None if prefer is None else Preference.parse(prefer)
    place = anchored_results(results)
    engine = open_for_reading(storage or storage_url(place))
    return StudyData(
        summarize_study(engine, study),
        read_trials(engine, study),
        read_reports(engine, study),
        read_study_attrs(engine, study),
        place,
        preference,
    )
