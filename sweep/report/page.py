"""The page of a study's report: its outcome, its figures, why trials failed, and all trials.

The page contains everything that it shows. Anything from the study is text in it, never markup.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sweep import attrs
from sweep.errors import UsageError
from sweep.report.figures import Picture
from sweep.report.reproduction import reproduction
from sweep.results import format
from sweep.results.comparison import params_of
from sweep.results.configurations import are_several
from sweep.results.data import StudyData
from sweep.results.ranking import none_complete
from sweep.results.tables import failure_reasons
from sweep.results.trials import constrained_columns
from sweep.search.constraints import total_excess

ROWS_AT_FIRST = 100
"""The rows in the page itself and on paper; a browser makes the others from data."""


def page_of(data: StudyData, pictures: list[Picture], missing: list[str]) -> str:
    """The page as HTML.

    Args:
        data: the study.
        pictures: its figures, in their order on the page.
        missing: why other figures are not possible yet, one sentence each.
    """
    environment = Environment(
        loader=PackageLoader("sweep.report", ""), autoescape=True, undefined=StrictUndefined
    )
    columns, rows = _trials(data)
    is_ranked = data.ranked is not None
    return environment.get_template("report.html.j2").render(
        name=data.summary.name,
        objective=format.objective(data.summary),
        now=f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
        outcome=_outcome(data),
        facts=_facts(data),
        figures=pictures,
        failures=_failures(data.trials),
        columns=columns,
        rows=rows,
        best=data.best.numbers,
        rows_at_first=ROWS_AT_FIRST,
        order="The best trials come first."
        if is_ranked
        else "The trials are in the order in which they started.",
        reproduction=reproduction(data),
        missing=missing,
    )


def _outcome(data: StudyData) -> str:
    if not data.best.numbers:
        return none_complete(data.summary)
    if len(data.metrics) > 1:
        front = (
            f"{len(data.best)} of {len(data.trials)} trials are Pareto-optimal: no other trial is "
            "at least as good in every metric."
        )
        return " ".join([front, *_preferred(data)])
    number, *_ = data.best.numbers
    best = data.best.row(number)
    value = format.objectives(list(data.metrics), [best["value"]])
    params = format.params(params_of(best))
    best_is = f"Trial {number} is the best of {len(data.trials)}: {value}, with {params}."
    if not are_several(data.decoded.columns):
        return best_is
    with suppress(UsageError):  # no further training is complete yet
        return " ".join([best_is, *data.verdict.sentences()])
    return best_is


def _preferred(data: StudyData) -> list[str]:
    """Which trial of the front is the best by the preference, in sentences."""
    if data.ranked is None:
        return []
    number = data.ranked.numbers[0]
    row = data.decoded.row(number)
    values = format.objectives(list(data.metrics), [row[name] for name in data.decoded.values])
    said = [f"By {data.preference}, trial {number} is the best of them: {values}."]
    with suppress(UsageError):  # none was trained with several seeds
        said += data.verdict.sentences()
    return said


def _facts(data: StudyData) -> dict[str, str]:
    states = data.summary.states
    facts = {
        "trials": len(data.trials),
        "complete": states.get("COMPLETE", 0),
        "pruned": states.get("PRUNED", 0),
        "failed": states.get("FAIL", 0),
    }
    passed = data.trials["datetime_complete"].max() - data.trials["datetime_start"].min()
    texts = {name: str(count) for name, count in facts.items()}
    if passed == passed:
        texts["from first to last"] = format.duration(passed.total_seconds())
        texts["all trials' time"] = format.duration(
            data.trials["duration"].dt.total_seconds().sum()
        )
    return texts


def _failures(trials: pd.DataFrame) -> list[dict[str, Any]]:
    """Each reason for failure, the most frequent first, with its count and an example."""
    reasons = failure_reasons(trials)
    return [
        {
            "reason": reason,
            "count": count,
            "number": (example := trials.loc[reasons.index[reasons == reason][0]])["number"],
            "example": example.get(attrs.FAILURE, ""),
        }
        for reason, count in reasons.value_counts().items()
    ]


def _trials(data: StudyData) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """The columns and rows of the table of trials; with one metric, the best come first."""
    trials = data.trials
    if data.ranked is not None and len(data.metrics) > 1:
        place = {number: at for at, number in enumerate(data.ranked.numbers)}
        trials = trials.sort_values("number", key=lambda n: n.map(place), kind="stable")
    elif len(data.metrics) == 1:
        is_ascending = data.summary.directions[0] == "minimize"
        trials = trials.sort_values("value", ascending=is_ascending, kind="stable")
        if data.decoded.excesses:
            broken = (
                trials["number"].map(data.decoded.excesses).map(total_excess, na_action="ignore")
            )
            trials = trials.loc[broken.sort_values(kind="stable").index]
    names = _columns(data)
    cells = trials.assign(duration=trials["duration"].dt.total_seconds().round(1))[list(names)]
    columns: list[dict[str, Any]] = [
        {
            "name": label,
            "is_text": not is_numeric_dtype(cells[name]) or is_bool_dtype(cells[name]),
        }
        for name, label in names.items()
    ]
    plain = cells.astype(object).where(cells.notna(), None)
    return columns, [
        ["" if cell is None else format.number(cell) for cell in row]
        for row in plain.itertuples(index=False)
    ]


def _columns(data: StudyData) -> dict[str, str]:
    """The columns of the table, with their titles; trial and state come first."""
    there = list(map(str, data.trials.columns))
    names = {"number": "trial", "state": "state"}
    names |= {column: metric for metric, column in data.metrics.items()}
    names |= constrained_columns(data.summary, set(there))
    params = [name for name in there if name.startswith("params_")]
    names |= {name: name.removeprefix("params_") for name in params}
    metrics = {name: name.removeprefix(attrs.METRIC) for name in there if _is_metric(name)}
    names |= {
        name: title
        for name, title in metrics.items()
        if title not in data.metrics and name not in names
    }
    names |= {"duration": "seconds"}
    if attrs.HOST in there and data.trials[attrs.HOST].nunique() > 1:
        names |= {attrs.HOST: "host"}
    return names | ({attrs.FAILURE: "failure"} if attrs.FAILURE in there else {})


def _is_metric(column: str) -> bool:
    return column.startswith(attrs.METRIC)
