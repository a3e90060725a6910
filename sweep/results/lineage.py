"""The training that a trial is the end of: the legs that it went through, and with what params."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.results.selection import best_first
from sweep.search.replay import Replay
from sweep.storage.reading import StudySummary


def lineage(summary: StudySummary, trials: pd.DataFrame, number: int | None) -> pd.DataFrame:
    """The rows of `load_trials` from the trial that a training began with to its end.

    Args:
        summary: the study.
        trials: its trials.
        number: the trial that the training ended with; None is the best.

    Raises:
        UsageError: the study has no such trial, or no best.
    """
    if number is None:
        best = best_first(summary, trials, 1)
        if best.empty:
            raise UsageError(f"No trial of study {summary.name!r} is complete yet: name one.")
        number = int(best["number"].iloc[0])
    if number not in set(trials["number"]):
        raise UsageError(f"Study {summary.name!r} has no trial {number}.")
    sources = trials.get("continues", pd.Series(index=trials.index, dtype=float))
    goes_on_from = dict(zip(trials["number"], sources, strict=True))
    chain = [number]
    while not pd.isna(source := goes_on_from[chain[-1]]):
        chain.append(int(source))
    return trials.set_index("number", drop=False).loc[chain[::-1]].reset_index(drop=True)


def schedule(legs: pd.DataFrame) -> Replay:
    """What trains once more as the trials of a lineage were trained.

    Raises:
        UsageError: one of them did not get to the end of its leg.
    """
    steps = legs.get("metrics_global_step", pd.Series(float("nan"), index=legs.index))
    if steps.isna().any() or not steps.is_monotonic_increasing:
        raise UsageError(
            f"Trial {legs['number'].iloc[-1]} has not been trained to the end of a leg, so there "
            "is nothing to replay: name another."
        )
    params = [_params(leg) for _, leg in legs.iterrows()]
    return Replay(tuple(params), tuple((steps / steps.iloc[-1]).tolist()))


def _params(trial: pd.Series[Any]) -> dict[str, Any]:
    """A trial's params, in Python's own types."""
    params = trial.filter(like="params_").dropna()
    return {
        str(name).removeprefix("params_"): value.item() if hasattr(value, "item") else value
        for name, value in params.items()
    }
