"""The seeds of a study."""

from __future__ import annotations

from sweep.search.seeds import draw_seed, sampler_seed, trial_seed


def test_no_two_seeds_of_a_study_are_equal() -> None:
    seeds = [trial_seed(1, number) for number in range(1000)]
    seeds += [sampler_seed(1, n_trials) for n_trials in range(1000)]
    assert len(set(seeds)) == 2000


def test_seeds_depend_on_the_studys() -> None:
    assert trial_seed(1, 0) != trial_seed(2, 0)
    assert sampler_seed(1, 0) != sampler_seed(2, 0)


def test_seeds_are_the_same_in_every_process() -> None:
    seeds = trial_seed(1, 0), trial_seed(1, 7), sampler_seed(1, 0)
    assert seeds == (594516694, 353163805, 917752063)


def test_seeds_fit_tensorflows_31_bits() -> None:
    seeds = [trial_seed(2**31 - 1, number) for number in range(100)]
    assert all(0 <= seed < 2**31 for seed in [*seeds, draw_seed()])


def test_a_drawn_seed_is_another_each_time() -> None:
    assert len({draw_seed() for _ in range(10)}) > 1
