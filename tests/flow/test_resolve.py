"""How a study is swept, decided from options, its file and what was kept, without a process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner, SuccessiveHalvingPruner

from sweep import attrs
from sweep.errors import UsageError
from sweep.flow.extension import Extension
from sweep.flow.options import Options
from sweep.flow.resolve import Pace, Resolved, find_pace, resolve
from sweep.program.program import Program
from sweep.program.space import FlagSpace
from sweep.program.vary import parse_vary
from sweep.schedule.base import Whole
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.kept_study import KeptStudy
from sweep.study.program_record import to_record
from sweep.study.spec import StudySpec
from sweep.trial.messages import Started
from tests.standin import study_of

BUILT = Started(600, save_checkpoints_secs=600)
RUNGS = Rungs(2, 3)


def resolved(
    declared: dict[str, Any] | None = None, kept: KeptStudy | None = None, **options: Any
) -> Resolved:
    spec = study_of(**(declared or {}))
    return resolve("study", Options(**options), spec, kept or KeptStudy())


def pace_of(declared: dict[str, Any] | None = None, built: Started = BUILT, **options: Any) -> Pace:
    return find_pace(resolved(declared, **options), Options(**options), built)


def kept_with(scheduler: Rungs | Population | None = None, n_trials: int = 3) -> KeptStudy:
    attrs: dict[str, Any] = {"seed": 5}
    return KeptStudy(attrs | ({"scheduler": scheduler.to_json()} if scheduler else {}), n_trials)


# The seed.


def test_a_new_study_gets_the_seed_that_is_asked_for_or_one_of_its_own() -> None:
    assert resolved(seed=7).seed == 7
    assert resolved().seed != resolved().seed


def test_a_study_keeps_its_seed() -> None:
    assert resolved(kept=kept_with()).seed == 5
    assert resolved(kept=kept_with(), seed=5).seed == 5
    with pytest.raises(UsageError) as raised:
        resolved(kept=kept_with(), seed=0)
    assert str(raised.value) == (
        "Study 'study' was started with seed 5, not 0: leave --seed out to continue it, or start "
        "another study with --name."
    )


def test_a_sampler_that_goes_on_does_not_draw_the_first_params_again() -> None:
    def first(kept: KeptStudy) -> float:
        study = optuna.create_study(sampler=resolved(kept=kept, sampler="random").sampler)
        return study.ask().suggest_float("x", 0, 1)

    assert first(kept_with(n_trials=0)) == first(kept_with(n_trials=0))
    assert first(kept_with(n_trials=0)) != first(kept_with(n_trials=3))


# How far trials are trained.


@pytest.mark.parametrize(
    ("options", "declared", "kept", "expected"),
    [
        (None, None, None, Whole),
        (RUNGS, None, None, Rungs),
        (None, RUNGS, None, Rungs),
        (None, None, RUNGS, Rungs),
        (Population(3), RUNGS, None, Population),
    ],
)
def test_the_scheduler_is_the_one_asked_for_or_kept_or_declared(
    options: Any, declared: Any, kept: Any, expected: type
) -> None:
    found = resolved({"scheduler": declared}, kept_with(kept, n_trials=0), scheduler=options)
    assert type(found.scheduler) is expected


def test_a_study_with_trials_keeps_its_scheduler() -> None:
    with pytest.raises(UsageError, match="Study 'study' was started with 2 rungs by a factor of 3"):
        resolved(kept=kept_with(RUNGS), scheduler=Rungs(3, 3))


def test_a_study_file_that_declares_another_scheduler_now_is_told_of() -> None:
    found = resolved({"scheduler": Rungs(3, 3)}, kept_with(RUNGS), n_trials=99)
    assert found.scheduler == RUNGS
    assert found.notices == (
        "Study 'study' continues with 2 rungs by a factor of 3, as it was started. The study file "
        "now says 3 rungs by a factor of 3, which only a new study would use.",
    )


def test_too_few_configurations_are_told_of() -> None:
    (notice,) = resolved(n_trials=2, scheduler=RUNGS).notices
    assert notice.startswith("No trial will complete: 2 rungs by a factor of 3 need 3 ")


@pytest.mark.parametrize(
    ("options", "total"),
    [
        ({}, 20),
        ({"n_trials": 7}, 7),
        ({"scheduler": Population(4)}, 4),
        ({"retry": ""}, None),
        ({"extension": Extension(1, 900)}, None),
    ],
)
def test_the_total_is_asked_for_or_declared_or_the_schedulers(
    options: dict[str, Any], total: int | None
) -> None:
    assert resolved(**options).total == total


# How often trials are evaluated, and which of them end early.


@pytest.mark.parametrize(
    ("pruner", "evaluate_every", "expected"),
    [(None, None, None), ("none", None, None), ("median", None, 60), ("median", 50, 50)],
)
def test_trials_are_evaluated_as_often_as_the_pruner_needs_it(
    pruner: str | None, evaluate_every: int | None, expected: int | None
) -> None:
    built = Started(600, save_checkpoints_steps=50) if evaluate_every else BUILT
    found = pace_of(built=built, pruner=pruner, evaluate_every=evaluate_every)
    assert found.evaluate_every == expected


def test_the_resources_of_a_pruner_are_the_steps_of_a_trial() -> None:
    hyperband = pace_of(pruner="hyperband").pruner
    assert isinstance(hyperband, HyperbandPruner)
    assert (hyperband._min_resource, hyperband._max_resource) == (60, 600)
    assert isinstance(pace_of(pruner="asha").pruner, SuccessiveHalvingPruner)


def test_a_pruner_that_a_study_declares_gives_way_to_rungs() -> None:
    assert isinstance(pace_of({"pruner": "median"}).pruner, MedianPruner)
    under_rungs = pace_of({"pruner": "median"}, scheduler=RUNGS, n_trials=9)
    assert isinstance(under_rungs.pruner, NopPruner)
    assert under_rungs.evaluate_every is None


# What does not go together.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"scheduler": RUNGS, "pruner": "median"},
            "With 2 rungs by a factor of 3, trials already end early, and a pruner has nothing to "
            "do: leave one of them out.",
        ),
        (
            {"scheduler": Population(4), "n_trials": 9},
            "With a population of 4 in 10 legs, study 'study' has 4 configurations, but got "
            "n_trials=9: leave --trials out.",
        ),
        (
            {"scheduler": Population(4), "fixed": {"x": 0.5}},
            "--param holds x, which the population varies: name the params to vary, without x, "
            "with --explore.",
        ),
        (
            {"extension": Extension(1, 900), "enqueue": [{"x": 0.5}]},
            "An extension trains the best trials with their own params: leave --enqueue, --param "
            "and --from out.",
        ),
        (
            {"target": float("inf")},
            "No trial can reach a --target of inf: give a number.",
        ),
        (
            {"enqueue": [{"x": 0.5}], "fixed": {"x": 0.25}},
            "--enqueue gives x=0.5, but --param holds it at 0.25: leave one of them out.",
        ),
        (
            {"scheduler": "rungs"},
            "A scheduler must be sweep.Rungs(…) or sweep.Population(…), but got 'rungs'.",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolved(**options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "options", [{"target": 0.9}, {"patience": 3}, {"extension": Extension(1, 900)}]
)
def test_what_needs_one_value_a_trial_is_refused_to_a_study_of_several(
    options: dict[str, Any],
) -> None:
    several = {"metric": ("score", "cost"), "direction": ("maximize", "minimize")}
    with pytest.raises(UsageError, match="2 metrics"):
        resolved(several, **options)


# A program that trains in a loop of its own.

LOOP = Started(None, save_checkpoints_secs=600, loops=True)


def test_a_loop_of_a_programs_own_can_be_pruned_but_not_divided() -> None:
    assert isinstance(pace_of(built=LOOP, pruner="median").pruner, MedianPruner)
    for options, what in (
        ({"scheduler": RUNGS}, "2 rungs by a factor of 3"),
        ({"extension": Extension(1, 900)}, "An extension"),
    ):
        with pytest.raises(UsageError) as raised:
            pace_of(built=LOOP, **options)
        assert str(raised.value) == (
            f"{what} cannot work: the program trains in its own loop, and only a call of "
            "train_and_evaluate with max_steps can be divided. Leave it out, or use a pruner, "
            "which acts on the program's own evaluations."
        )
    with pytest.raises(UsageError) as raised:
        pace_of(built=LOOP, evaluate_every=10)
    assert str(raised.value) == (
        "--evaluate-every asks for an evaluation every 10 steps, but the program evaluates in its "
        "own loop: leave --evaluate-every out."
    )


def test_a_study_goes_on_with_its_program_and_flags_and_tells_of_other_arguments(
    tmp_path: Path,
) -> None:
    (tmp_path / "task.py").touch()
    before, now = (Program("task.py", [f"--n={n}"], directory=tmp_path) for n in (1, 2))
    flags = parse_vary(["rate=0.1..0.9"])

    def spec_of(program: Program, space: FlagSpace = flags) -> StudySpec:
        return replace(study_of(), build=None, program=program, search_space=space)

    kept = KeptStudy({"seed": 5, attrs.PROGRAM: to_record(spec_of(before))}, 3)

    def notices(program: Program) -> tuple[str, ...]:
        return resolve("study", Options(), spec_of(program), kept).notices

    assert notices(now) == (
        f"Study 'study' was started as {tmp_path}/task.py -- --n=1, and continues as "
        f"{tmp_path}/task.py -- --n=2: its trials may not be comparable.",
    )
    assert notices(before) == ()

    with pytest.raises(UsageError) as raised:
        resolve("study", Options(), spec_of(now, parse_vary(["n=1..2", "rate=0.1..0.9"])), kept)
    assert str(raised.value) == (
        "Study 'study' varies rate, but this command varies n, rate: name the same flags with "
        "--vary, or start another study with --name."
    )
    (tmp_path / "other.py").touch()
    with pytest.raises(UsageError) as raised:
        resolve("study", Options(), spec_of(Program("other.py", directory=tmp_path)), kept)
    assert str(raised.value) == (
        f"Study 'study' sweeps the program {tmp_path}/task.py, not {tmp_path}/other.py: give the "
        f"sweep of {tmp_path}/other.py another --name."
    )
