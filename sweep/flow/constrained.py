"""The constraints of a study: those that are asked for, checked against those of its trials."""

from __future__ import annotations

from sweep import attrs
from sweep.errors import UsageError
from sweep.flow.options import Options
from sweep.search.constraints import Constraint, parse_constraints
from sweep.search.samplers import ignores_constraints
from sweep.storage.kept_study import KeptStudy
from sweep.study.spec import StudySpec


def find_constraints(
    name: str, options: Options, spec: StudySpec, kept: KeptStudy
) -> tuple[tuple[Constraint, ...], str | None]:
    """The study's constraints, and a notice if its file now declares others.

    Args:
        name: the study's name.
        options: what is asked for.
        spec: what its file declares, with the constraints that are asked for instead.
        kept: what it was swept with before.

    Raises:
        UsageError: the options ask for other constraints than those of its trials.
    """
    known = parse_constraints(kept.attrs.get(attrs.CONSTRAINTS, ()))
    if not kept.n_trials or spec.bounds == known:
        return spec.bounds, None
    if options.constraints:
        raise UsageError(
            f"Study {name!r} was started with {_listed(known)}, not with {_listed(spec.bounds)}: "
            "leave --constraint out to continue it, or start another study with --name, to which "
            f"--from {name} copies the trials that fit."
        )
    if not spec.bounds:
        return known, None
    return known, (
        f"Study {name!r} continues with {_listed(known)}, as it was started. The study file now "
        f"says {_listed(spec.bounds)}, which only a new study would use."
    )


def ignored_constraints(options: Options, spec: StudySpec) -> str | None:
    """A notice if the sampler ignores constraints."""
    sampler = options.sampler or spec.sampler
    if not ignores_constraints(sampler):
        return None
    named = sampler if isinstance(sampler, str) else type(sampler).__name__
    return (
        f"The sampler {named} ignores constraints, and can propose params that break them again. "
        "tpe, gp and nsgaii learn from constraints."
    )


def _listed(constraints: tuple[Constraint, ...]) -> str:
    if not constraints:
        return "no constraint"
    word = "the constraint" if len(constraints) == 1 else "the constraints"
    return f"{word} {' and '.join(map(str, constraints))}"
