"""Which flags a first sweep varies, and in which range."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.program.flags import DeclaredFlag
from sweep.program.hyperparameters import proposal


def log(low: float, high: float) -> FloatDistribution:
    return FloatDistribution(low, high, log=True)


@pytest.mark.parametrize(
    ("name", "type", "default", "drawn"),
    [
        ("learning-rate", float, 0.001, log(0.0001, 0.01)),
        ("lr", None, 0.3, log(0.03, 3)),
        ("base_learning_rate", float, None, log(1e-4, 1e-1)),
        ("weight_decay", float, 0.0, log(1e-6, 1e-2)),
        ("l2", float, 1e-4, log(1e-5, 1e-3)),
        ("dropout", float, 0.4, FloatDistribution(0, 0.5)),
        ("keep_prob", float, 0.8, FloatDistribution(0.5, 1)),
        ("momentum", float, 0.9, FloatDistribution(0.5, 0.99)),
        ("use_dropout", bool, False, CategoricalDistribution([False, True])),
        ("batch_norm", bool, True, CategoricalDistribution([False, True])),
        ("train-batch-size", int, 40, CategoricalDistribution([16, 32, 64])),
        ("hidden1", int, 100, CategoricalDistribution([64, 128, 256])),
        ("filters", int, 1, CategoricalDistribution([1, 2])),
        ("hidden_units", str, "32,16", CategoricalDistribution(["16,8", "32,16", "64,32"])),
        ("num_layers", int, 2, IntDistribution(1, 4)),
    ],
)
def test_a_hyperparameter_varies_around_its_default(
    name: str, type: type, default: Any, drawn: Any
) -> None:
    assert proposal(DeclaredFlag((f"--{name}",), type, default)) == drawn


def test_a_flag_of_several_words_is_drawn_as_all_of_them() -> None:
    flag = DeclaredFlag(("--hidden-units",), int, [64, 32], takes_several=True)
    assert proposal(flag) == CategoricalDistribution(["32 16", "64 32", "128 64"])


def test_a_flag_with_choices_has_them_drawn() -> None:
    flag = DeclaredFlag(("--optimizer",), str, "adam", choices=("adam", "sgd"))
    assert proposal(flag) == CategoricalDistribution(["adam", "sgd"])


@pytest.mark.parametrize(
    "flag",
    [
        DeclaredFlag(("--train_steps",), int, 1000),
        DeclaredFlag(("--learning_rate_decay_steps",), int, 1000),
        DeclaredFlag(("--eval-batch-size",), int, 64),
        DeclaredFlag(("--seed",), int, 1),
        DeclaredFlag(("--verbosity",), choices=("INFO", "WARN")),
        DeclaredFlag(("--batch_norm",), is_switch=True),
        DeclaredFlag(("--batch_size",), int, None),
        DeclaredFlag(("--learning_rate",), str, "0.1,0.01"),
        DeclaredFlag(("learning_rate",), float, 0.1),
    ],
    ids=lambda flag: flag.spellings[0],
)
def test_what_says_how_a_program_runs_does_not_vary(flag: DeclaredFlag) -> None:
    assert proposal(flag) is None
