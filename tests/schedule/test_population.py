"""How the members of a population continue."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import UsageError
from sweep.schedule.population import Population
from tests.schedule.trials import MAXIMIZE, MINIMIZE, ended, paused, unfinished

SPACE = {
    "rate": FloatDistribution(1e-4, 1e-1, log=True),
    "momentum": FloatDistribution(0, 0.9, step=0.1),
    "batch_size": IntDistribution(8, 128, log=True),
    "kind": CategoricalDistribution(("relu", "tanh")),
}
PARAMS = {"rate": 0.01, "momentum": 0.5, "batch_size": 32, "kind": "relu"}


def member(m: int, value: float, number: int | None = None, leg: int = 0) -> FrozenTrial:
    """A member that rests after a leg."""
    return paused(
        m if number is None else number,
        value,
        member=m,
        leg=leg,
        params={**PARAMS, "rate": 10 ** -(1 + value)},
        distributions=SPACE,
    )


FIVE = [member(m, value) for m, value in enumerate((0.5, 0.9, 0.4, 0.1, 0.6))]


def continued(population: Population, trials: list[FrozenTrial]) -> dict[str, Any]:
    leg = population.next_leg(trials, MAXIMIZE)
    assert leg is not None
    return dict(leg.attrs)


def test_legs_are_equal_parts_of_the_training() -> None:
    population = Population(5, n_legs=4)
    assert [population.share({"leg": leg}) for leg in range(4)] == [0.25, 0.5, 0.75, 1]


def test_what_is_explored_is_several_names() -> None:
    with pytest.raises(UsageError, match=r"several names, as in \('rate',\), but got 'rate'"):
        Population(5, explore="rate")  # type: ignore[arg-type]


def test_new_members_are_numbered_in_turn() -> None:
    assert Population(5).first_leg(FIVE[:2]) == {"member": 2, "leg": 0}


def test_nobody_goes_on_before_all_members_have_begun() -> None:
    assert Population(6).next_leg(FIVE, MAXIMIZE) is None


def test_a_member_has_its_number_though_those_before_it_have_not_noted_theirs() -> None:
    begun = [unfinished(0, TrialState.RUNNING), FIVE[1]]
    assert Population(5).first_leg(begun) == {"member": 2, "leg": 0}


def test_the_others_go_on_though_a_member_failed_before_it_noted_its_number() -> None:
    trials = [*FIVE[:4], ended(4, state=TrialState.FAIL)]
    assert continued(Population(5), trials)["continues"] == 0


def test_a_member_that_waits_to_begin_comes_before_what_goes_on() -> None:
    waiting = unfinished(4, TrialState.WAITING)
    assert Population(5).next_leg([*FIVE[:4], waiting], MAXIMIZE) is None


def test_a_member_that_is_not_among_the_worst_trains_on_with_its_params() -> None:
    leg = Population(5).next_leg(FIVE, MAXIMIZE)
    assert leg is not None
    assert leg.params == FIVE[0].params
    assert leg.attrs == {"continues": 0, "configuration": 0, "member": 0, "leg": 1}


def test_the_worst_copies_the_best_and_varies_what_may_be_explored() -> None:
    others = [member(m, 0.5, 10 + m, leg=1) for m in (0, 1, 2, 4)]
    leg = Population(5).next_leg([*FIVE, *others, member(1, 0.95, 20, leg=1)], MAXIMIZE)
    assert leg is not None
    assert leg.attrs == {"continues": 20, "configuration": 20, "member": 3, "leg": 2}
    best = member(1, 0.95).params
    assert leg.params["rate"] != best["rate"]
    same = ("batch_size", "kind")
    assert [leg.params[name] for name in same] == [best[name] for name in same]


@pytest.mark.parametrize("maximize", [True, False])
def test_which_is_the_worst_depends_on_the_direction(maximize: bool) -> None:
    best, worst = (1, 3) if maximize else (3, 1)
    rests = [t for t in FIVE if t.number in (best, worst)]
    run = [unfinished(20 + m, member=m, leg=1, continues=m) for m in (0, 2, 4)]
    leg = Population(5).next_leg([*FIVE, *run], MAXIMIZE if maximize else MINIMIZE)
    first = min(rests, key=lambda t: t.number)
    assert leg is not None
    assert leg.attrs["member"] == first.user_attrs["member"]
    assert leg.attrs["continues"] == best


@pytest.mark.parametrize(
    "name", ["rate", "momentum", "batch_size", "kind"], ids=lambda name: str(name)
)
def test_what_is_explored_stays_in_the_space_and_all_else_as_it_was(name: str) -> None:
    population = Population(2, explore=(name,))
    seen = set()
    for number in range(60):
        pair = [member(0, 0.1, number=2 * number), member(1, 0.9, number=2 * number + 1)]
        leg = population.next_leg(pair, MAXIMIZE)
        assert leg is not None
        value = leg.params[name]
        assert SPACE[name]._contains(SPACE[name].to_internal_repr(value))
        best = pair[1].params
        assert {k: v for k, v in leg.params.items() if k != name} == {
            k: v for k, v in best.items() if k != name
        }
        seen.add(value)
    assert len(seen) > 1


def test_the_same_trials_lead_to_the_same_continuation() -> None:
    pair = [member(0, 0.1), member(1, 0.9)]
    first, second = (Population(2).next_leg(pair, MAXIMIZE) for _ in range(2))
    assert first == second


def test_a_member_never_goes_back() -> None:
    ahead = [member(0, 0.1, number=10, leg=2), member(1, 0.9)]
    busy = unfinished(11, member=1, leg=1, continues=1)
    leg = Population(2).next_leg([member(0, 0.1), *ahead, busy], MAXIMIZE)
    assert leg is not None
    assert leg.attrs == {"continues": 10, "configuration": 10, "member": 0, "leg": 3}


def test_a_member_that_failed_or_is_done_goes_no_further() -> None:
    done = ended(5, 0.9, member=0, leg=9)
    failed = ended(6, None, TrialState.FAIL, member=1, leg=1, continues=1)
    assert Population(2).next_leg([member(0, 0.1), member(1, 0.9), done, failed], MAXIMIZE) is None


def test_only_the_latest_leg_of_each_member_is_needed() -> None:
    trials = [*FIVE, member(0, 0.7, number=8, leg=1)]
    assert Population(5).needed(trials) == {1, 2, 3, 4, 8}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_members": 1}, "A population needs at least 2 members, but got 1."),
        ({"n_members": 2, "n_legs": 1}, "A member needs at least 2 legs, but got 1."),
    ],
)
def test_numbers_without_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Population(**fields)
    assert str(raised.value) == message
