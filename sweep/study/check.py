"""Checks what a study's functions return, before anything is trained."""

from __future__ import annotations

import os
from typing import Any

import tensorflow as tf

from sweep.errors import StudyError
from sweep.estimator.trial_spec import TrialSpec
from sweep.study.own_config import Remark, carry_over
from sweep.study.spec import StudySpec


def build_trial(spec: StudySpec, params: dict[str, Any], config: Any, remark: Remark) -> TrialSpec:
    """Calls the study's `build` and checks what it returns.

    Args:
        spec: a study that has a `build`.
        params: one trial's params; `build` gets a copy.
        config: the trial's `tf.estimator.RunConfig`.
        remark: is called with what a person should know about the trial's settings.

    Raises:
        StudyError: `build` returned something other than a TrialSpec of an Estimator that uses
            `config`, a TrainSpec and an EvalSpec.
    """
    assert spec.build is not None
    built = spec.build(dict(params), config)
    wrong = _what_is_wrong(built, config)
    if wrong is not None:
        raise StudyError(f"{spec.where}: {wrong}")
    carry_over(built.estimator, config, remark)
    return built


def _what_is_wrong(built: Any, config: Any) -> str | None:
    if not isinstance(built, TrialSpec):
        return (
            "`build` must return TrialSpec(estimator, train_spec, eval_spec), but returned "
            f"{_describe(built)}."
        )
    expected = {
        "estimator": tf.compat.v1.estimator.Estimator,
        "train_spec": tf.estimator.TrainSpec,
        "eval_spec": tf.estimator.EvalSpec,
    }
    for (field, kind), value in zip(expected.items(), built, strict=True):
        if not isinstance(value, kind):
            return (
                f"`build` returned a TrialSpec with {_describe(value)} for `{field}`, which must "
                f"be a tf.estimator.{kind.__name__}."
            )
    model_dir = built.estimator.model_dir
    if os.path.realpath(model_dir) != os.path.realpath(config.model_dir):
        return (
            f"`build` returned an Estimator with model_dir={model_dir!r}, which is not the trial's "
            "own: pass config=config to the Estimator."
        )
    return None


def _describe(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
