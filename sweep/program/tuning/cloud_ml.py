"""`hyperparameters` of a training job of Cloud ML Engine, later called AI Platform."""

from __future__ import annotations

from collections.abc import Callable

from sweep.errors import StudyError
from sweep.program.space import Flag, FlagSpace
from sweep.program.tuning import terms
from sweep.program.tuning.fields import Field, Section
from sweep.program.tuning.tuning import Tuning

DEFAULT_METRIC = "training/hptuning/metric"


def read_hyperparameters(whole: Field) -> Tuning:
    """Reads the `hyperparameters` of a job.

    Raises:
        StudyError: a field is missing or wrong, or names a job of the service to resume.
    """
    spec = whole.section()
    _refuse_resuming(spec)
    metric = spec.take("hyperparameterMetricTag")
    params = spec.require("params")
    flags = tuple(_flag(param) for param in params.items())
    with params.blamed():
        space = FlagSpace(flags)
    tuning = Tuning(
        space=space,
        metrics=(DEFAULT_METRIC if metric is None else metric.text(),),
        directions=(terms.direction(spec),),
        n_trials=terms.count(spec, "maxTrials"),
        n_jobs=terms.count(spec, "maxParallelTrials"),
        # 0 means that the service decides.
        max_failed=terms.count(spec, "maxFailedTrials", least=0) or None,
        pruner=_pruner(spec),
        sampler=terms.sampler(spec),
        notices=(),
    )
    spec.close()
    return tuning


def _refuse_resuming(spec: Section) -> None:
    job = spec.take("resumePreviousJobId")
    if job is not None:
        raise StudyError(
            f"{job.place} is {job.written}, a job of the service, whose trials are not here: "
            "remove the line, and use --from STUDY to reuse the trials of a study."
        )


def _pruner(spec: Section) -> str | None:
    early = spec.take("enableTrialEarlyStopping")
    if early is None or not early.truth():
        return None
    early.notice(
        "Optuna's median pruner ends trials early, instead of the service's own rule, unless "
        "--pruner says otherwise"
    )
    return "median"


def _flag(whole: Field) -> Flag:
    param = whole.section()
    name = param.require("parameterName")
    read = param.require("type").one_of(_TYPES)
    distribution, reverse_log = read(param)
    with name.blamed():
        flag = Flag(name.text(), distribution, reverse_log)
    param.close()
    return flag


_TYPES: dict[str, Callable[[Section], terms.Values]] = {
    "DOUBLE": lambda param: terms.double(param, param),
    "INTEGER": lambda param: terms.integer(param, param),
    "CATEGORICAL": lambda param: terms.categorical(param, param.require("categoricalValues")),
    "DISCRETE": lambda param: terms.discrete(param, param.require("discreteValues")),
}
