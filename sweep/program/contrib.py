"""Programs that need tf.contrib, which went with TensorFlow 1."""

from __future__ import annotations

from collections import defaultdict

from sweep import location
from sweep.errors import StudyError
from sweep.program.names import Parts, Use, uses_of_tensorflow
from sweep.program.sources import Source, Sources
from sweep.program.successors import successor
from sweep.program.supplied import CONTRIB, is_supplied

_MOST_PLACES = 3
_SLIM = "tf_slim"


def refuse_contrib(sources: Sources) -> None:
    """Refuses a program that cannot run without a name of tf.contrib that is not supplied.

    One that uses such names where it need not come, or is ready for their absence, is none.

    Raises:
        StudyError: it needs some; the message has the lines, and what stands for each.
    """
    places: dict[Parts, list[str]] = defaultdict(list)
    is_needed = False
    for source in sources.files:
        for use in uses_of_tensorflow(source):
            if _is_missing(use):
                places[use.parts].append(source.where(use.line))
                is_needed = is_needed or not use.is_conditional
    if is_needed:
        raise StudyError(_refusal(sources.files[0], places))


def _is_missing(use: Use) -> bool:
    return use.parts[0] == CONTRIB and not use.is_guarded and not is_supplied(use.parts)


def _refusal(program: Source, places: dict[Parts, list[str]]) -> str:
    changes = [
        f"tf.{'.'.join(parts)} ({_listed(where)}) by {successor(parts)}"
        for parts, where in places.items()
    ]
    slim = ", which pip install tf-slim brings" if _SLIM in changes[-1] else ""
    if not slim and any(_SLIM in change for change in changes):
        slim = ", and run pip install tf-slim for tf_slim"
    return (
        f"{location.short(program.file)} needs tf.contrib, which went with TensorFlow 1: replace "
        f"{'; '.join(changes)}{slim}."
    )


def _listed(places: list[str]) -> str:
    shown = list(dict.fromkeys(places))
    more = f" and {len(shown) - _MOST_PLACES} more" if len(shown) > _MOST_PLACES else ""
    return ", ".join(shown[:_MOST_PLACES]) + more
