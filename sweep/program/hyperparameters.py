"""Which of a program's flags look like hyperparameters, and what a first sweep draws for them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.program.flags import DeclaredFlag
from sweep.program.space import Distribution

_HELD = re.compile(
    r"""(^|_)(
    eval|evaluation|test|valid|validation|infer|predict|export|serving|save|log|verbosity|mode
    |device|gpu|tpu|dataset|data|file|dir|path|summary|checkpoint|master|strategy|format|job|task
    |every|interval|workers|threads|shards|parallel|prefetch|buffer|steps|epochs|seed
    )(_|$)""",
    re.VERBOSE,
)
"""Words in flag names that set how a program runs rather than how its model learns."""
_WHOLE = re.compile(r"\d+")


def proposal(flag: DeclaredFlag) -> Distribution | None:
    """What to draw a flag from, around its default; None if it is not a hyperparameter.

    A flag that takes several words, or several numbers in one word, is drawn as text.
    """
    name = re.sub(r"[-.]", "_", flag.name.lower())
    if flag.is_switch or not flag.is_named or _HELD.search(name):
        return None
    if len(set(flag.choices)) > 1:
        return CategoricalDistribution(tuple(dict.fromkeys(flag.choices)))
    for pattern, propose in _RULES:
        if re.search(pattern, name):
            return propose(flag)
    return None


def _rate(flag: DeclaredFlag) -> Distribution | None:
    return _around(flag, FloatDistribution(1e-4, 1e-1, log=True))


def _penalty(flag: DeclaredFlag) -> Distribution | None:
    return _around(flag, FloatDistribution(1e-6, 1e-2, log=True))


def _around(flag: DeclaredFlag, usual: FloatDistribution) -> Distribution | None:
    """From a tenth to ten times the default, or the usual range if there is no positive default."""
    default = _number(flag)
    if not _takes(flag, float):
        return None
    if default is None or default <= 0:
        return usual
    low, high = (float(Decimal(repr(default)).scaleb(power)) for power in (-1, 1))
    return FloatDistribution(low, high, log=True)


def _between(low: float, high: float) -> Callable[[DeclaredFlag], Distribution | None]:
    def propose(flag: DeclaredFlag) -> Distribution | None:
        if flag.type is bool:
            return _either(flag)
        return FloatDistribution(low, high) if _takes(flag, float) else None

    return propose


def _either(flag: DeclaredFlag) -> Distribution | None:
    return CategoricalDistribution((False, True)) if flag.type is bool else None


def _size(flag: DeclaredFlag) -> Distribution | None:
    """Powers of two around the default; for several sizes in one, half and double of all."""
    default = _number(flag)
    if not flag.takes_several and default is not None and default >= 1 and _takes(flag, int):
        middle = 2 ** round(math.log2(default))
        return CategoricalDistribution([size for size in (middle // 2, middle, middle * 2) if size])
    text = flag.typed_default
    if not isinstance(flag.default, str | list | tuple) or not _WHOLE.search(text):
        return None
    halved = _WHOLE.sub(lambda match: str(max(1, int(match[0]) // 2)), text)
    doubled = _WHOLE.sub(lambda match: str(int(match[0]) * 2), text)
    return CategoricalDistribution(list(dict.fromkeys((halved, text, doubled))))


def _n_layers(flag: DeclaredFlag) -> Distribution | None:
    default = _number(flag)
    if default is None or default < 1 or not _takes(flag, int):
        return _size(flag)
    return IntDistribution(1, int(default) + 2)


def _number(flag: DeclaredFlag) -> float | None:
    value = flag.default
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _takes(flag: DeclaredFlag, wanted: type) -> bool:
    """Whether it takes values of the type; a flag without a type takes the type of its default."""
    found = flag.type or type(flag.default)
    return found is wanted or (wanted is float and found in (int, type(None)))


_RULES: tuple[tuple[str, Callable[[DeclaredFlag], Distribution | None]], ...] = (
    (r"(^|_)(learning_rate|lr)$", _rate),
    (r"(^|_)(weight_decay|l[12]|l[12]_\w+|regulari[sz]\w+|reg)$", _penalty),
    (r"(^|_)(keep_prob|keep_probability|keep_rate)$", _between(0.5, 1.0)),
    (r"dropout|drop_rate$", _between(0.0, 0.5)),
    (r"(^|_)momentum$", _between(0.5, 0.99)),
    (r"batch_norm|(^|_)(augment|residual|use_bias)", _either),
    (r"batch_?size$", _size),
    (r"(^|_)(units?|hidden|nhid|neurons|filters|d_model)_?\d*$", _size),
    (r"(^|_)(hidden|embedding|state|cell|rnn|layers?)_?\d*_?(units|dims?|sizes?)$", _size),
    (r"^(num_|n_)?(\w+_)?layers$", _n_layers),
)
"""A pattern for a name, and what is proposed for it. The first match counts."""
