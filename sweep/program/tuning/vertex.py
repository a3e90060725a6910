"""`studySpec` of a hyperparameter tuning job of Vertex AI."""

from __future__ import annotations

from sweep.program.space import FlagSpace
from sweep.program.tuning import terms
from sweep.program.tuning.fields import Field, Section
from sweep.program.tuning.parameters import Parameter, first_trial, read_parameter
from sweep.program.tuning.tuning import Tuning

_OF_THE_JOB = (
    "name",
    "displayName",
    "trialJobSpec",
    "labels",
    "encryptionSpec",
    "state",
    "error",
    "trials",
    "createTime",
    "startTime",
    "endTime",
    "updateTime",
    "satisfiesPzs",
    "satisfiesPzi",
)
"""The fields of a job that concern machines, the program and its progress."""
_NO_RULE = "it ends no trial early, but --pruner has other rules that do"
_NOT_FOLLOWED = {
    "decayCurveStoppingSpec": _NO_RULE,
    "convexAutomatedStoppingSpec": _NO_RULE,
    "convexStopConfig": _NO_RULE,
    "studyStoppingConfig": "the sweep ends by --trials, --timeout, --patience or --target instead",
    "transferLearningConfig": "no trials of other studies are reused, but --from reuses those of "
    "one",
}
_NOISE = {"OBSERVATION_NOISE_UNSPECIFIED": False, "LOW": True, "HIGH": True}
_MEASUREMENTS = {
    "MEASUREMENT_SELECTION_TYPE_UNSPECIFIED": True,
    "LAST_MEASUREMENT": True,
    "BEST_MEASUREMENT": False,
}


def read_study_spec(job: Section, whole: Field) -> Tuning:
    """Reads a tuning job.

    Args:
        job: the fields of the job beside the study's.
        whole: its `studySpec`.

    Raises:
        StudyError: a field is missing or wrong.
    """
    spec = whole.section()
    metrics = [_metric(metric) for metric in spec.require("metrics").items()]
    listed = spec.require("parameters")
    parameters = [read_parameter(parameter) for parameter in listed.items()]
    with listed.blamed():
        space = FlagSpace(tuple(parameter.flag for parameter in parameters))
    tuning = Tuning(
        space=space,
        metrics=tuple(name for name, _ in metrics),
        directions=tuple(direction for _, direction in metrics),
        n_trials=terms.count(job, "maxTrialCount"),
        n_jobs=terms.count(job, "parallelTrialCount"),
        # 0 means that the service decides.
        max_failed=terms.count(job, "maxFailedTrialCount", least=0) or None,
        pruner=_pruner(spec, len(metrics)),
        sampler=terms.sampler(spec),
        enqueue=_enqueued(space, parameters),
        notices=(),
    )
    _tell_of_what_is_not_followed(spec)
    spec.close()
    job.pass_over(*_OF_THE_JOB)
    job.close()
    return tuning


def _metric(whole: Field) -> tuple[str, str]:
    metric = whole.section()
    name, direction = metric.require("metricId").text(), terms.direction(metric)
    if (safety := metric.take("safetyConfig")) is not None:
        safety.notice("params are chosen without it")
    metric.close()
    return name, direction


def _pruner(spec: Section, n_metrics: int) -> str | None:
    median = spec.take("medianAutomatedStoppingSpec")
    if median is None:
        return None
    if n_metrics > 1:
        median.notice(f"no trial ends early, because a pruner cannot compare {n_metrics} metrics")
        return None
    rule = median.section()
    elapsed = rule.take("useElapsedDuration")
    if elapsed is not None and elapsed.truth():
        elapsed.notice("the median pruner compares trials at the same step, not after equal time")
    rule.close()
    return "median"


def _enqueued(space: FlagSpace, parameters: list[Parameter]) -> tuple[dict[str, object], ...]:
    first = first_trial(parameters)
    return () if first is None else (space.params(first),)


def _tell_of_what_is_not_followed(spec: Section) -> None:
    for name, instead in _NOT_FOLLOWED.items():
        if (found := spec.take(name)) is not None:
            found.notice(instead)
    noise = spec.take("observationNoise")
    if noise is not None and noise.one_of(_NOISE):
        noise.notice("params are sampled without it")
    measurement = spec.take("measurementSelectionType")
    if measurement is not None and not measurement.one_of(_MEASUREMENTS):
        measurement.notice("a trial's value is that of its last evaluation")
