"""What TensorBoard's HParams tab shows of a study: each trial's params and final metrics.

The data comes from the database, and is written with TensorBoard's own summaries: two event files
in the folder of each finished trial, and one in the study's folder. The final metrics belong to the
run of the trial's evaluations, where they are the last points of the curves. None of this needs
TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import (
    DATA_TYPE_BOOL,
    DATA_TYPE_FLOAT64,
    DATA_TYPE_STRING,
    STATUS_FAILURE,
    STATUS_SUCCESS,
    Experiment,
    HParamInfo,
    MetricInfo,
    MetricName,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from tensorboard.summary.writer.record_writer import RecordWriter

from sweep import attrs
from sweep.errors import StorageError
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.results.trials import Trials, trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_trials, summarize_study

_FINISHED = ("COMPLETE", "PRUNED", "FAIL")
_PARAM, _METRIC = "params_", attrs.METRIC
EVALUATIONS = "eval"
"""The run below a trial's run with its evaluations; Estimator's name for their folder."""


def write_hparams(url: str, paths: StudyFolder) -> None:
    """Writes what the HParams tab shows; trials that were written already are skipped.

    Raises:
        StorageError: there is no such study, or its folder is missing or cannot be written to.
    """
    engine = open_for_reading(url)
    summary = summarize_study(engine, paths.name)
    trials = trials_of(summary, read_trials(engine, paths.name))
    names = [name for name in trials.columns if _is_of_an_evaluation(name)]
    decisive = [f"{_METRIC}{name}" for name in summary.metrics]
    metrics = sorted(names, key=lambda name: (name not in decisive, name))
    params = {name: _param(trials, name) for name in trials.columns if name.startswith(_PARAM)}
    try:
        _write(paths.hparams, 0.0, [_experiment(params.values(), metrics)])
        for number in trials.in_state(*_FINISHED).numbers:
            folder = paths.trial(number)
            if folder.folder.is_dir() and not folder.final_metrics.exists():
                _write_trial(folder, trials.row(number), params, metrics)
    except OSError as error:
        raise StorageError(
            f"The folder {paths.folder} cannot be written to: {error.strerror}. Give the study's "
            "results folder with --results."
        ) from error


def _is_of_an_evaluation(column: str) -> bool:
    """Whether it is a metric; the step is not one that a curve could show."""
    return column.startswith(_METRIC) and column != attrs.GLOBAL_STEP


def _experiment(params: Iterable[HParamInfo], metrics: Sequence[str]) -> Summary.Value:
    """The params and metrics of the study."""
    return _value(
        metadata.EXPERIMENT_TAG,
        experiment=Experiment(
            hparam_infos=params,
            metric_infos=[
                MetricInfo(
                    name=MetricName(group=EVALUATIONS, tag=name.removeprefix(_METRIC)),
                    display_name=name.removeprefix(_METRIC),
                )
                for name in metrics
            ],
        ),
    )


def _param(trials: Trials, name: str) -> HParamInfo:
    """A param with its possible values, which the tab uses to filter.

    Values of several types, including None, become text. Otherwise the tab would hide trials.
    """
    known = trials.choices.get(name) or trials.columns[name].values()
    info = HParamInfo(name=name.removeprefix(_PARAM))
    if all(isinstance(value, bool) for value in known):
        info.type = DATA_TYPE_BOOL
        info.domain_discrete.extend(sorted(set(known)))
    elif all(isinstance(value, Real) and not isinstance(value, bool) for value in known):
        info.type = DATA_TYPE_FLOAT64
        info.domain_interval.min_value = min(known)
        info.domain_interval.max_value = max(known)
    else:
        info.type = DATA_TYPE_STRING
        info.domain_discrete.extend(sorted(set(map(str, known))))
    return info


def _write_trial(
    folder: TrialFolder,
    trial: Mapping[str, Any],
    params: Mapping[str, HParamInfo],
    metrics: Sequence[str],
) -> None:
    began, ended = (_seconds(trial.get(f"datetime_{name}")) for name in ("start", "complete"))
    start = SessionStartInfo(start_time_secs=began)
    for name in params.keys() & trial.keys():
        _set(start.hparams[params[name].name], trial[name], params[name].type)
    status = STATUS_FAILURE if trial["state"] == "FAIL" else STATUS_SUCCESS
    scalars = [
        Summary.Value(tag=name.removeprefix(_METRIC), simple_value=trial[name])
        for name in metrics
        if isinstance(trial.get(name), Real)
    ]
    values = [
        _value(metadata.SESSION_START_INFO_TAG, session_start_info=start),
        _value(
            metadata.SESSION_END_INFO_TAG,
            session_end_info=SessionEndInfo(status=status, end_time_secs=ended),
        ),
    ]
    _write(folder.hparams, ended, values)
    _write(folder.final_metrics, ended, scalars, trial.get(attrs.GLOBAL_STEP, 0))


def _set(field: Any, value: Any, kind: int) -> None:
    if kind == DATA_TYPE_BOOL:
        field.bool_value = value
    elif kind == DATA_TYPE_FLOAT64:
        field.number_value = value
    else:
        field.string_value = str(value)


def _seconds(time: datetime | None) -> float:
    return 0.0 if time is None else time.timestamp()


def _value(tag: str, **data: Any) -> Summary.Value:
    plugin_data = HParamsPluginData(**data)
    return Summary.Value(
        tag=tag,
        metadata=metadata.create_summary_metadata(plugin_data),
        tensor=metadata.NULL_TENSOR,
    )


def _write(file: Path, time: float, values: Sequence[Summary.Value], step: int = 0) -> None:
    """Writes an event file completely or not at all."""
    temporary = file.with_name(f".{file.name.replace('tfevents', 'partial')}")
    with temporary.open("wb") as stream:
        writer = RecordWriter(stream)
        writer.write(Event(wall_time=time, file_version="brain.Event:2").SerializeToString())
        summary = Summary(value=values)
        writer.write(Event(wall_time=time, step=step, summary=summary).SerializeToString())
    temporary.replace(file)
