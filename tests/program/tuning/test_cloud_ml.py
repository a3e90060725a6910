"""Tuning files of Cloud ML Engine and AI Platform."""

from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.errors import StudyError
from sweep.program.space import Flag, FlagSpace
from sweep.program.tuning.tuning import Tuning
from tests.program.tuning.conftest import Read

JOB = """\
# As gcloud takes it with --config.
trainingInput:
  scaleTier: CUSTOM
  masterType: complex_model_m
  workerCount: 9
  runtimeVersion: "1.15"
  args: ["--train-files", "gs://a/b.csv"]
  hyperparameters:
    goal: MINIMIZE
    hyperparameterMetricTag: rmse
    maxTrials: 30
    maxParallelTrials: 4
    maxFailedTrials: 3
    enableTrialEarlyStopping: TRUE
    algorithm: RANDOM_SEARCH
    params:
      - parameterName: first-layer-size
        type: INTEGER
        minValue: 50
        maxValue: 500
        scaleType: UNIT_LINEAR_SCALE
      - parameterName: learning_rate
        type: DOUBLE
        minValue: 1e-5
        maxValue: "0.1"
        scaleType: UNIT_LOG_SCALE
      - parameterName: scale-factor
        type: DOUBLE
        minValue: 0.1
        maxValue: 1.0
        scaleType: UNIT_REVERSE_LOG_SCALE
      - parameterName: batch_size
        type: DISCRETE
        discreteValues:
        - 32
        - 64
      - parameterName: hidden
        type: CATEGORICAL
        categoricalValues: ["128 32", "64 16", on, 1e-3]
"""

SNAKE_CASE = """\
training_input:
  hyperparameters:
    hyperparameter_metric_tag: accuracy
    max_trials: "2"
    max_parallel_trials: 1
    resume_previous_job_id: null
    params:
    - {parameter_name: a, type: DOUBLE, min_value: 0, max_value: 1}
"""


def with_param(*lines: str) -> str:
    """A job of one param, whose fields begin on line 3."""
    return "hyperparameters:\n  params:\n  - " + "\n    ".join(lines)


def with_field(line: str) -> str:
    """A job with the field on line 2."""
    return f"hyperparameters:\n  {line}\n  params:\n  - {{parameterName: a, {RANGE}}}"


RANGE = "type: DOUBLE, minValue: 0, maxValue: 1"


def test_a_job_is_read_as_it_is(read: Read) -> None:
    assert read(JOB) == Tuning(
        space=FlagSpace(
            (
                Flag("first-layer-size", IntDistribution(50, 500)),
                Flag("learning_rate", FloatDistribution(1e-5, 0.1, log=True)),
                Flag("scale-factor", FloatDistribution(0.1, 1, log=True), reverse_log=True),
                Flag("batch_size", CategoricalDistribution((32, 64))),
                Flag("hidden", CategoricalDistribution(("128 32", "64 16", "on", "1e-3"))),
            )
        ),
        metrics=("rmse",),
        directions=("minimize",),
        n_trials=30,
        n_jobs=4,
        max_failed=3,
        pruner="median",
        sampler="random",
        notices=(
            "tuning.yaml, line 14: trainingInput.hyperparameters.enableTrialEarlyStopping "
            "is TRUE: Optuna's median pruner ends trials early, instead of the service's "
            "own rule, unless --pruner says otherwise.",
        ),
    )


def test_a_job_may_be_in_snake_case_and_leave_most_of_it_out(read: Read) -> None:
    assert read(SNAKE_CASE) == Tuning(
        space=FlagSpace((Flag("a", FloatDistribution(0, 1)),)),
        metrics=("accuracy",),
        directions=("maximize",),
        n_trials=2,
        n_jobs=1,
        max_failed=None,
        pruner=None,
        sampler=None,
        notices=(),
    )


def test_what_is_left_open_is_the_service_s_own(read: Read) -> None:
    tuning = read(with_field("goal: GOAL_TYPE_UNSPECIFIED"))
    assert tuning.metrics == ("training/hptuning/metric",)
    assert tuning.directions == ("maximize",)


@pytest.mark.parametrize(
    ("algorithm", "sampler"),
    [("ALGORITHM_UNSPECIFIED", None), ("GRID_SEARCH", "grid"), ("RANDOM_SEARCH", "random")],
)
def test_an_algorithm_is_a_sampler(algorithm: str, sampler: str | None, read: Read) -> None:
    assert read(with_field(f"algorithm: {algorithm}")).sampler == sampler


def test_no_trial_ends_early_unless_the_job_says_so(read: Read) -> None:
    tuning = read(with_field("enableTrialEarlyStopping: False"))
    assert (tuning.pruner, tuning.notices) == (None, ())


def test_no_limit_of_failures_is_left_to_the_sweep(read: Read) -> None:
    assert read(with_field("maxFailedTrials: 0")).max_failed is None


@pytest.mark.parametrize("scale", ["NONE", "UNIT_LINEAR_SCALE"])
def test_a_range_without_a_log_scale_is_drawn_evenly(scale: str, read: Read) -> None:
    tuning = read(
        with_param("parameterName: a", RANGE.replace(", ", "\n    "), f"scaleType: {scale}")
    )
    assert tuning.space == FlagSpace((Flag("a", FloatDistribution(0, 1)),))


def test_discrete_values_are_whole_only_where_all_are_written_so(read: Read) -> None:
    tuning = read(with_param("parameterName: a", "type: DISCRETE", "discreteValues: [1, 2.5]"))
    (flag,) = tuning.space.flags
    assert repr(flag.distribution) == "CategoricalDistribution(choices=(1.0, 2.5))"


def test_one_category_is_a_value_that_is_held(read: Read) -> None:
    tuning = read(with_param("parameterName: a", "type: CATEGORICAL", "categoricalValues: [b]"))
    assert tuning.space == FlagSpace((Flag("a", CategoricalDistribution(("b",))),))


def test_unknown_fields_are_told_of(read: Read) -> None:
    assert read(with_field("maxTrails: 5")).notices == (
        "tuning.yaml, line 2: hyperparameters.maxTrails is 5: it has no meaning for a sweep "
        "and is ignored.",
    )


def test_fields_of_another_type_of_param_are_told_of(read: Read) -> None:
    param = ["parameterName: a", "type: CATEGORICAL", "categoricalValues: [b, c]"]
    assert read(with_param(*param, "minValue: 1", "scaleType: UNIT_LOG_SCALE")).notices == (
        "tuning.yaml, line 7: hyperparameters.params[0].scaleType is 'UNIT_LOG_SCALE': "
        "choices have no scale, and each is equally likely at first.",
        "tuning.yaml, line 6: hyperparameters.params[0].minValue is 1: it has no meaning "
        "for a sweep and is ignored.",
    )
    assert read(with_param(*param, "scaleType: UNIT_LINEAR_SCALE")).notices == (
        "tuning.yaml, line 6: hyperparameters.params[0].scaleType is 'UNIT_LINEAR_SCALE': "
        "choices have no scale, and each is equally likely at first.",
    )
    assert read(with_param(*param, "scaleType: NONE")).notices == ()


def test_going_on_from_a_job_of_the_service_is_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(with_field("resumePreviousJobId: census_1"))
    assert str(raised.value) == (
        "tuning.yaml, line 2: hyperparameters.resumePreviousJobId is 'census_1', a job of "
        "the service, whose trials are not here: remove the line, and use --from STUDY to "
        "reuse the trials of a study."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "goal: MAX",
            "goal is 'MAX', but must be one of MAXIMIZE, MINIMIZE, GOAL_TYPE_UNSPECIFIED",
        ),
        ("maxTrials: 0", "maxTrials is 0, but must be a whole number of at least 1"),
        ("maxParallelTrials: two", "maxParallelTrials is 'two', but must be a whole number of at "),
        ("enableTrialEarlyStopping: 3", "enableTrialEarlyStopping is 3, but must be true or false"),
        ("hyperparameterMetricTag: []", "hyperparameterMetricTag is [], but must be a text"),
        (
            "algorithm: TPE",
            "algorithm is 'TPE', but must be one of ALGORITHM_UNSPECIFIED, GRID_SEARCH, ",
        ),
    ],
)
def test_a_wrong_field_is_refused_with_its_line(line: str, message: str, read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(with_field(line))
    assert str(raised.value).startswith(f"tuning.yaml, line 2: hyperparameters.{message}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["type: DOUBLE"], "3: params[0] has no field parameterName: add it"),
        (["parameterName: a"], "3: params[0] has no field type: add it"),
        (
            ["parameterName: a", "type: REAL"],
            "4: params[0].type is 'REAL', but must be one of DOUBLE, INTEGER, CATEGORICAL, "
            "DISCRETE",
        ),
        (
            ["parameterName: a", "type: DOUBLE", "maxValue: 1"],
            "3: params[0] has no field minValue: add it",
        ),
        (
            ["parameterName: a", "type: DOUBLE", "minValue: low", "maxValue: 1"],
            "5: params[0].minValue is 'low', but must be a number",
        ),
        (
            ["parameterName: a", "type: INTEGER", "minValue: 1", "maxValue: 2.5"],
            "6: params[0].maxValue is 2.5, but must be a whole number",
        ),
        (
            ["parameterName: a", "type: INTEGER", "minValue: 3", "maxValue: 2"],
            "5: params[0].minValue is 3, but must be at most maxValue, which is 2",
        ),
        (
            [
                "parameterName: a",
                "type: DOUBLE",
                "minValue: 0",
                "maxValue: 2",
                "scaleType: UNIT_LOG_SCALE",
            ],
            "5: params[0].minValue is 0, but must be above 0 for the scaleType UNIT_LOG_SCALE",
        ),
        (
            [
                "parameterName: a",
                "type: INTEGER",
                "minValue: -1",
                "maxValue: 2",
                "scaleType: UNIT_REVERSE_LOG_SCALE",
            ],
            "5: params[0].minValue is -1, but must be above 0 for the scaleType "
            "UNIT_REVERSE_LOG_SCALE",
        ),
        (
            ["parameterName: a", "type: DOUBLE", "minValue: 0", "maxValue: 2", "scaleType: LOG"],
            "7: params[0].scaleType is 'LOG', but must be one of NONE, SCALE_TYPE_UNSPECIFIED, "
            "UNIT_LINEAR_SCALE, UNIT_LOG_SCALE, UNIT_REVERSE_LOG_SCALE",
        ),
        (
            ["parameterName: a", "type: DISCRETE"],
            "3: params[0] has no field discreteValues: add it",
        ),
        (
            ["parameterName: a", "type: DISCRETE", "discreteValues:", "- 1", "- b"],
            "7: params[0].discreteValues[1] is 'b', but must be a number",
        ),
        (
            ["parameterName: a", "type: CATEGORICAL", "categoricalValues: [b, c, b]"],
            "5: params[0].categoricalValues[2] is 'b', but must be a value that is not in "
            "the list yet",
        ),
        (
            ["parameterName: a", "type: CATEGORICAL", "categoricalValues: []"],
            "5: params[0].categoricalValues is [], but must be a list that is not empty",
        ),
        (
            ["parameterName: seed", "type: DISCRETE", "discreteValues: [1, 2]"],
            "3: params[0].parameterName: A flag named 'seed' cannot be varied, because sweep "
            "gives each trial its own: put {seed} where the program takes it",
        ),
    ],
)
def test_a_wrong_param_is_refused_with_its_line(lines: list[str], message: str, read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(with_param(*lines))
    assert str(raised.value) == "tuning.yaml, line {}: hyperparameters.{}.".format(
        *message.split(": ", 1)
    )


def test_two_params_of_one_name_are_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read(with_field("goal: MINIMIZE") + f"\n  - {{parameterName: a, {RANGE}}}")
    assert str(raised.value) == (
        "tuning.yaml, line 3: hyperparameters.params: Two flags that can be in one trial "
        "are both named 'a': rename one of them."
    )


def test_a_job_without_params_is_refused(read: Read) -> None:
    with pytest.raises(StudyError) as raised:
        read("trainingInput:\n  hyperparameters:\n    goal: MINIMIZE\n")
    assert str(raised.value) == (
        "tuning.yaml, line 2: trainingInput.hyperparameters has no field params: add it."
    )
