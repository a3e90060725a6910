"""Tuning files of Vertex AI."""

from __future__ import annotations

import json
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import StudyError
from sweep.program.space import Branch, Flag, FlagSpace
from sweep.program.tuning.tuning import Tuning
from tests.program.tuning.conftest import Read

JOB = """\
displayName: census
maxTrialCount: 20
parallelTrialCount: 5
maxFailedTrialCount: 2
studySpec:
  metrics:
  - metricId: accuracy
    goal: MAXIMIZE
  parameters:
  - parameterId: learning-rate
    scaleType: UNIT_LOG_SCALE
    doubleValueSpec: {minValue: 0.00001, maxValue: 0.1}
  - parameterId: layers
    scaleType: UNIT_REVERSE_LOG_SCALE
    integerValueSpec: {minValue: "1", maxValue: "8"}
  - parameterId: batch-size
    discreteValueSpec: {values: [32, 64, 128]}
  - parameterId: optimizer
    categoricalValueSpec: {values: [adam, sgd]}
    conditionalParameterSpecs:
    - parentCategoricalValues: {values: [sgd]}
      parameterSpec:
        parameterId: momentum
        doubleValueSpec: {minValue: 0.0, maxValue: 0.9}
  algorithm: ALGORITHM_UNSPECIFIED
  measurementSelectionType: LAST_MEASUREMENT
  medianAutomatedStoppingSpec: {useElapsedDuration: false}
trialJobSpec:
  workerPoolSpecs:
  - machineSpec: {machineType: n1-standard-8}
"""
SPACE = FlagSpace(
    (
        Flag("learning-rate", FloatDistribution(1e-5, 0.1, log=True)),
        Flag("layers", IntDistribution(1, 8, log=True), reverse_log=True),
        Flag("batch-size", CategoricalDistribution((32, 64, 128))),
        Flag(
            "optimizer",
            CategoricalDistribution(("adam", "sgd")),
            branches=(Branch(("sgd",), Flag("momentum", FloatDistribution(0, 0.9))),),
        ),
    )
)
RATE = {"parameterId": "rate", "doubleValueSpec": {"minValue": 0, "maxValue": 1}}
LOSS = {"metricId": "loss", "goal": "MINIMIZE"}


def job(*parameters: object, metrics: object = (LOSS,), **fields: object) -> str:
    """A job, all on one line."""
    spec = {"metrics": metrics, "parameters": parameters or (RATE,), **fields}
    return json.dumps({"studySpec": spec})


def parameter(name: str, kind: str, **values: object) -> dict[str, Any]:
    return {"parameterId": name, f"{kind}ValueSpec": values}


def conditional(kind: str, values: list[object], below: object) -> dict[str, Any]:
    return {f"parent{kind}Values": {"values": values}, "parameterSpec": below}


def test_a_job_is_read_as_it_is(read: Read) -> None:
    assert read(JOB) == Tuning(
        space=SPACE,
        metrics=("accuracy",),
        directions=("maximize",),
        n_trials=20,
        n_jobs=5,
        max_failed=2,
        pruner="median",
        sampler=None,
        notices=(),
    )


def test_a_study_alone_leaves_the_rest_open(read: Read) -> None:
    tuning = read(job(algorithm="GRID_SEARCH"))
    assert (tuning.n_trials, tuning.n_jobs, tuning.max_failed) == (None, None, None)
    assert (tuning.pruner, tuning.sampler, tuning.enqueue) == (None, "grid", ())


def test_several_metrics_have_a_direction_each(read: Read) -> None:
    tuning = read(job(metrics=[LOSS, {"metric_id": "auc"}]))
    assert tuning.metrics == ("loss", "auc")
    assert tuning.directions == ("minimize", "maximize")


def test_a_rule_of_the_median_cannot_compare_several_metrics(read: Read) -> None:
    tuning = read(job(metrics=[LOSS, {"metricId": "auc"}], medianAutomatedStoppingSpec={}))
    assert tuning.pruner is None
    assert tuning.notices == (
        "tuning.yaml, line 1: studySpec.medianAutomatedStoppingSpec is {}: no trial ends early, "
        "because a pruner cannot compare 2 metrics.",
    )


@pytest.mark.parametrize(
    ("kind", "values", "parent", "at"),
    [
        ("categorical", {"values": ["1", "2"]}, "Categorical", ["2"]),
        ("integer", {"minValue": 1, "maxValue": 3}, "Int", ["2", 3]),
        ("discrete", {"values": [0.1, 0.5]}, "Discrete", [0.5 + 1e-12]),
    ],
)
def test_a_param_may_depend_on_values_of_each_kind(
    kind: str, values: dict[str, Any], parent: str, at: list[object], read: Read
) -> None:
    above = parameter("above", kind, **values)
    above["conditionalParameterSpecs"] = [conditional(parent, at, RATE)]
    (flag,) = read(job(above)).space.flags
    expected: dict[str, tuple[object, ...]] = {
        "categorical": ("2",),
        "integer": (2, 3),
        "discrete": (0.5,),
    }
    assert [(branch.values, branch.flag.name) for branch in flag.branches] == [
        (expected[kind], "rate")
    ]


def test_dependent_params_may_have_dependent_ones(read: Read) -> None:
    inner = parameter("inner", "categorical", values=["a", "b"])
    inner["conditional_parameter_specs"] = [conditional("Categorical", ["a"], RATE)]
    outer = parameter("outer", "categorical", values=["c", "d"])
    outer["conditionalParameterSpecs"] = [conditional("Categorical", ["c"], inner)]
    assert read(job(outer)).space.names == ("outer", "inner", "rate")


ADAM = {**RATE, "parameterId": "beta"}
OPTIMIZER = {
    **parameter("optimizer", "categorical", values=["adam", "sgd"], defaultValue="sgd"),
    "conditionalParameterSpecs": [
        conditional("Categorical", ["adam"], ADAM),
        conditional(
            "Categorical", ["sgd"], parameter("m", "discrete", values=[1, 5], defaultValue=4)
        ),
    ],
}
DEFAULT_RATE = {
    **parameter("rate", "double", minValue=0.5, maxValue=0.75, defaultValue=0.625),
    "scaleType": "UNIT_REVERSE_LOG_SCALE",
}


def test_defaults_of_all_params_are_tried_first(read: Read) -> None:
    layers = parameter("layers", "integer", minValue=1, maxValue=4, defaultValue="3")
    tuning = read(job(DEFAULT_RATE, OPTIMIZER, layers))
    assert tuning.enqueue == ({"1.25 - rate": 0.625, "optimizer": "sgd", "m": 5, "layers": 3},)
    assert tuning.notices == ()


def test_defaults_of_some_params_are_not_tried_and_told_of(read: Read) -> None:
    tuning = read(job(DEFAULT_RATE, parameter("layers", "integer", minValue=1, maxValue=4)))
    assert tuning.enqueue == ()
    assert tuning.notices == (
        "tuning.yaml, line 1: studySpec.parameters[0].doubleValueSpec.defaultValue is 0.625: it is "
        "not tried first, because layers has no defaultValue.",
    )


def test_a_default_that_is_not_there_at_the_others_is_told_of(read: Read) -> None:
    beta = parameter("beta", "double", minValue=0, maxValue=1, defaultValue=0.5)
    optimizer = parameter("optimizer", "categorical", values=["adam", "sgd"], defaultValue="sgd")
    optimizer["conditionalParameterSpecs"] = [conditional("Categorical", ["adam"], beta)]
    tuning = read(job(optimizer))
    assert tuning.enqueue == ({"optimizer": "sgd"},)
    assert tuning.notices == (
        "tuning.yaml, line 1: "
        "studySpec.parameters[0].conditionalParameterSpecs[0].parameterSpec.doubleValueSpec."
        "defaultValue is 0.5: it is not tried first, because its param does not exist at the "
        "others' defaults.",
    )


@pytest.mark.parametrize(
    ("field", "value", "instead"),
    [
        (
            "decayCurveStoppingSpec",
            {},
            "{}: it ends no trial early, but --pruner has other rules that do",
        ),
        (
            "convexAutomatedStoppingSpec",
            {"minStepCount": 5},
            "{minStepCount: 5}: it ends no trial early, but --pruner has other rules that do",
        ),
        (
            "studyStoppingConfig",
            {"maxNumTrials": 5},
            "{maxNumTrials: 5}: the sweep ends by --trials, --timeout, --patience or --target "
            "instead",
        ),
        (
            "transferLearningConfig",
            {},
            "{}: no trials of other studies are reused, but --from reuses those of one",
        ),
        ("observationNoise", "HIGH", "'HIGH': params are sampled without it"),
        (
            "measurementSelectionType",
            "BEST_MEASUREMENT",
            "'BEST_MEASUREMENT': a trial's value is that of its last evaluation",
        ),
        ("other", 1, "1: it has no meaning for a sweep and is ignored"),
    ],
)
def test_what_is_not_followed_is_told_of(
    field: str, value: object, instead: str, read: Read
) -> None:
    tuning = read(job(**{field: value}))
    assert tuning.notices == (f"tuning.yaml, line 1: studySpec.{field} is {instead}.",)
    assert tuning.pruner is None


def test_what_asks_for_nothing_special_is_not_told_of(read: Read) -> None:
    tuning = read(
        job(
            observationNoise="OBSERVATION_NOISE_UNSPECIFIED",
            measurementSelectionType="MEASUREMENT_SELECTION_TYPE_UNSPECIFIED",
            algorithm="RANDOM_SEARCH",
        )
    )
    assert (tuning.notices, tuning.sampler) == ((), "random")


def test_details_that_are_not_followed_are_told_of(read: Read) -> None:
    metric = {**LOSS, "safetyConfig": {"safetyThreshold": 1}}
    text = job(
        {**RATE, "x": 1},
        metrics=[metric],
        medianAutomatedStoppingSpec={"useElapsedDuration": True, "y": 2},
    )
    assert read(text).notices == (
        "tuning.yaml, line 1: studySpec.metrics[0].safetyConfig is {safetyThreshold: 1}: "
        "params are chosen without it.",
        "tuning.yaml, line 1: studySpec.parameters[0].x is 1: it has no meaning for a sweep "
        "and is ignored.",
        "tuning.yaml, line 1: studySpec.medianAutomatedStoppingSpec.useElapsedDuration is true: "
        "the median pruner compares trials at the same step, not after equal time.",
        "tuning.yaml, line 1: studySpec.medianAutomatedStoppingSpec.y is 2: it has no "
        "meaning for a sweep and is ignored.",
    )


def test_unknown_fields_at_every_depth_are_told_of(read: Read) -> None:
    choice = parameter("a", "categorical", values=["b", "c"], x=1)
    choice["conditionalParameterSpecs"] = [
        {"parentCategoricalValues": {"values": ["b"], "y": 2}, "parameterSpec": RATE, "z": 3}
    ]
    within = "tuning.yaml, line 1: studySpec"
    below = f"{within}.parameters[0].conditionalParameterSpecs[0]"
    assert read(job(choice, metrics=[{**LOSS, "w": 0}])).notices == tuple(
        f"{field}: it has no meaning for a sweep and is ignored."
        for field in (
            f"{within}.metrics[0].w is 0",
            f"{within}.parameters[0].categoricalValueSpec.x is 1",
            f"{below}.parentCategoricalValues.y is 2",
            f"{below}.z is 3",
        )
    )


def test_no_limit_of_failures_is_left_to_the_sweep(read: Read) -> None:
    assert read(f"maxFailedTrialCount: 0\n{JOB.replace('maxFailed', 'x')}").max_failed is None


def test_an_unknown_field_beside_the_study_is_told_of(read: Read) -> None:
    assert read(f"maxTrials: 5\n{JOB}").notices == (
        "tuning.yaml, line 1: maxTrials is 5: it has no meaning for a sweep and is ignored.",
    )


PLACE = "studySpec.parameters[0]"
CHOICE = parameter("a", "categorical", values=["b", "c"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"parameterId": "a"},
            f"{PLACE} has no values: give it one of doubleValueSpec, integerValueSpec, "
            "categoricalValueSpec, discreteValueSpec.",
        ),
        (
            {**CHOICE, **RATE},
            f"{PLACE} has doubleValueSpec and categoricalValueSpec: give it one of "
            "doubleValueSpec, integerValueSpec, categoricalValueSpec, discreteValueSpec.",
        ),
        (
            parameter("a", "double", minValue=1),
            f"{PLACE}.doubleValueSpec has no field maxValue: add it.",
        ),
        (
            parameter("a", "integer", minValue=1, maxValue=4, defaultValue=5),
            f"{PLACE}.integerValueSpec.defaultValue is 5, but must be one of the values of its "
            "param.",
        ),
        (
            {**RATE, "conditionalParameterSpecs": []},
            f"{PLACE}.conditionalParameterSpecs depends on a doubleValueSpec, which has no "
            "values to list: let it depend on another param.",
        ),
        (
            {**CHOICE, "conditionalParameterSpecs": [conditional("Int", [1], RATE)]},
            f"{PLACE}.conditionalParameterSpecs[0] has no field parentCategoricalValues: add it.",
        ),
        (
            {**CHOICE, "conditionalParameterSpecs": [conditional("Categorical", ["d"], RATE)]},
            f"{PLACE}.parameterId: The flag 'rate' cannot depend on 'a' being 'd', which it never "
            "is: name values that it takes.",
        ),
        (
            {
                **parameter("a", "discrete", values=[0.1, 0.2]),
                "conditionalParameterSpecs": [conditional("Discrete", [0.101], RATE)],
            },
            f"{PLACE}.parameterId: The flag 'rate' cannot depend on 'a' being 0.101, which it "
            "never is: name values that it takes.",
        ),
        (
            {**CHOICE, "conditionalParameterSpecs": [conditional("Categorical", ["b"], CHOICE)]},
            f"{PLACE}.conditionalParameterSpecs[0].parameterSpec.parameterId is 'a', but "
            "must be another name than those of the params that it depends on.",
        ),
    ],
)
def test_a_wrong_param_is_refused_with_its_path(wrong: object, message: str, read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(job(wrong))
    assert str(raised.value) == f"tuning.yaml, line 1: {message}"


def test_two_params_of_one_name_are_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(job(RATE, RATE))
    assert str(raised.value) == (
        "tuning.yaml, line 1: studySpec.parameters: Two flags that can be in one trial are "
        "both named 'rate': rename one of them."
    )


def test_a_param_that_leads_back_to_itself_is_refused(read: Read) -> None:
    text = """\
studySpec:
  metrics: [{metricId: loss}]
  parameters:
  - &again
    parameterId: a
    categoricalValueSpec: {values: [b, c]}
    conditionalParameterSpecs:
    - parentCategoricalValues: {values: [b]}
      parameterSpec: *again
"""
    with pytest.raises(
        StudyError, match="must be another name than those of the params that it depends on"
    ):
        read(text)


@pytest.mark.parametrize("field", ["metrics", "parameters"])
def test_a_study_without_metrics_or_params_is_refused(field: str, read: Read) -> None:
    spec = {"metrics": [LOSS], "parameters": [RATE]}
    del spec[field]
    with pytest.raises(StudyError) as raised:
        read(json.dumps({"studySpec": spec}))
    assert str(raised.value) == f"tuning.yaml, line 1: studySpec has no field {field}: add it."
