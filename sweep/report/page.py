"""The page of a study's report: what came of it, its figures, why trials failed, and all trials.

It holds all that it shows. Whatever comes from the study is text in it, never markup.
"""

from __future__ import annotations

import math
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
from sweep.results.confirmation import verdict_of
from sweep.results.data import StudyData
from sweep.results.ranking import none_complete
from sweep.results.tables import failure_reasons
from sweep.results.trials import constrained_columns
from sweep.search.constraints import total_excess

ROWS_ON_PAPER = 100


def page_of(data: StudyData, pictures: list[Picture], missing: list[str]) -> str:
    """The page as HTML.

    Args:
        data: the study.
        pictures: its figures, in their order on the page.
        missing: why there is none of the others, a sentence each.
    """
    environment = Environment(
        loader=PackageLoader("sweep.report", ""), autoescape=True, undefined=StrictUndefined
    )
    columns, rows = _trials(data)
    is_ranked = len(data.metrics) == 1
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
        rows_on_paper=ROWS_ON_PAPER,
        order="The best first." if is_ranked else "In the order in which they started.",
        reproduction=reproduction(data),
        missing=missing,
    )


def _outcome(data: StudyData) -> str:
    if not data.best.numbers:
        return none_complete(data.summary)
    if len(data.metrics) > 1:
        return (
            f"{len(data.best)} of {len(data.trials)} trials are Pareto-optimal: no other is at "
            "least as good by every metric."
        )
    number, *_ = data.best.numbers
    best = data.best.row(number)
    value = format.objectives(list(data.metrics), [best["value"]])
    params = format.params(params_of(best))
    best_is = f"Trial {number} is the best of {len(data.trials)}: {value}, with {params}."
    if not are_several(data.decoded.columns):
        return best_is
    with suppress(UsageError):  # no further training is complete yet
        return " ".join([best_is, *verdict_of(data.summary, data.decoded).sentences()])
    return best_is


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
    """Each reason of failure, the most frequent first: how often it occurred, and an example."""
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


def _trials(data: StudyData) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """The columns and rows of the table of trials: with one metric the best first."""
    best = set(data.best.numbers)
    trials = data.trials
    if len(data.metrics) == 1:
        is_ascending = data.summary.directions[0] == "minimize"
        trials = trials.sort_values("value", ascending=is_ascending, kind="stable")
        if data.decoded.excesses:
            broken = (
                trials["number"].map(data.decoded.excesses).map(total_excess, na_action="ignore")
            )
            trials = trials.loc[broken.sort_values(kind="stable").index]
    names = {"number": "trial", "state": "state", "duration": "seconds"}
    names |= {column: metric for metric, column in data.metrics.items()}
    names |= constrained_columns(data.summary, set(trials.columns))
    names |= {
        name: name.removeprefix("params_")
        for name in map(str, trials.columns)
        if name.startswith("params_")
    }
    if attrs.HOST in trials and trials[attrs.HOST].nunique() > 1:
        names |= {attrs.HOST: "host"}
    names |= {attrs.FAILURE: "failure"} if attrs.FAILURE in trials else {}
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
        [
            _cell(name, cell, column["is_text"], best)
            for name, column, cell in zip(names, columns, row, strict=True)
        ]
        for row in plain.itertuples(index=False)
    ]


def _cell(name: str, cell: Any, is_text: bool, best: set[int]) -> dict[str, Any]:
    """A cell's text, its classes for the page's style, and its key where the text sorts wrong."""
    text = "" if cell is None else format.number(cell)
    kinds = ["text"] if is_text else []
    if name == "number" and cell in best:
        kinds.append("best")
    if name == "state":
        kinds.append(str(cell))
    return {"text": text, "key": _key(cell, text), "kind": " ".join(kinds)}


def _key(cell: Any, text: str) -> Any:
    """What the page's JavaScript sorts by; None where that is the text."""
    if isinstance(cell, float) and math.isinf(cell):
        return "Infinity" if cell > 0 else "-Infinity"
    return None if cell is None or str(cell) == text else cell
