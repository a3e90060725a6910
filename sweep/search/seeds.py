"""The seeds of a study, derived from the study's own seed so that no two are equal."""

from __future__ import annotations

import secrets

import numpy as np

_SAMPLER, _TRIAL, _CONFIRMING, _REPEAT = 0, 1, 2, 3


def draw_seed() -> int:
    """A random seed for a study without one."""
    return secrets.randbelow(2**31)


def sampler_seed(study_seed: int, n_trials: int) -> int:
    """The sampler's seed for a run that starts with `n_trials` trials in the study.

    It depends on `n_trials` so that a run that continues does not draw the first params again.
    """
    return _derive(study_seed, _SAMPLER, n_trials)


def trial_seed(study_seed: int, number: int) -> int:
    """The seed of trial `number`, the same in every attempt; fits TensorFlow's 31 bits."""
    return _derive(study_seed, _TRIAL, number)


def confirming_seed(study_seed: int, nth: int) -> int:
    """The nth seed for confirming configurations, the same for all of them."""
    return _derive(study_seed, _CONFIRMING, nth)


def repeat_seed(study_seed: int, configuration: int, nth: int) -> int:
    """The nth further seed of a configuration that is trained several times."""
    return _derive(study_seed, _REPEAT, configuration, nth)


def _derive(*path: int) -> int:
    return int(np.random.SeedSequence(path).generate_state(1)[0] >> 1)
