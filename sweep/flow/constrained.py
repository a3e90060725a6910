"""The constraints of a study: what is asked for, agreed on with what its trials were judged by."""

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
    """The study's constraints, and a notice where its file declares others now.

    Args:
        name: the study's name.
        options: what is asked for.
        spec: what its file declares, or what is asked for in place of that.
        kept: what it was swept with before.

    Raises:
        UsageError: other constraints are asked for than those that its trials were judged by.
    """
    known = parse_constraints(kept.attrs.get(attrs.CONSTRAINTS, ()))
    if not kept.n_trials or spec.bounds == known:
        return spec.bounds, None
    if options.constraints:
        raise UsageError(
            f"Study {name!r} was started with {_listed(known)}, not with {_listed(spec.bounds)}: "
            "leave --constraint out to go on with it, or begin another study with --name, to which "
            f"--from {name} takes the trials that fit."
        )
    if not spec.bounds:
        return known, None
    return known, (
        f"Study {name!r} goes on with {_listed(known)}, as it was started; the study file says "
        f"{_listed(spec.bounds)} now, which a new study would start with."
    )


def unheeded(options: Options, spec: StudySpec) -> str | None:
    """A notice where the sampler learns nothing from constraints that are broken."""
    sampler = options.sampler or spec.sampler
    if not ignores_constraints(sampler):
        return None
    named = sampler if isinstance(sampler, str) else type(sampler).__name__
    return (
        f"The sampler {named} does not heed constraints, and may propose again what breaks them: "
        "tpe, gp and nsgaii do."
    )


def _listed(constraints: tuple[Constraint, ...]) -> str:
    if not constraints:
        return "no constraint"
    word = "the constraint" if len(constraints) == 1 else "the constraints"
    return f"{word} {' and '.join(map(str, constraints))}"
