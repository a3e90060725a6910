"""Refuses programs that need tf.contrib, which was removed after TensorFlow 1."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sweep import location
from sweep.errors import StudyError
from sweep.program.names import Parts, Use, uses_of_tensorflow
from sweep.program.sources import Source, Sources
from sweep.program.successors import successor
from sweep.program.supplied import CONTRIB, is_supplied

_MOST_PLACES = 3
_SLIM = "tf_slim"


def refuse_contrib(sources: Sources) -> None:
    """Refuses a program that needs a name of tf.contrib that is not supplied.

    A program that needs such names only under a condition, or handles their absence, may run.

    Raises:
        StudyError: it needs some; the message lists the lines and the replacements.
    """
    uses = [use for source in sources.files for use in uses_of_tensorflow(source)]
    missing = list(filter(_is_missing, uses))
    if not all(use.is_conditional for use in missing):
        raise StudyError(_refusal(sources.files[0], missing))


def _is_missing(use: Use) -> bool:
    return use.parts[0] == CONTRIB and not use.is_guarded and not is_supplied(use.parts)


def _refusal(program: Source, missing: list[Use]) -> str:
    places: dict[Parts, list[tuple[Path, int]]] = defaultdict(list)
    for use in missing:
        places[use.parts].append((location.short(use.file), use.line))
    changes = [
        f"tf.{'.'.join(parts)} ({_listed(where)}) with {successor(parts)}"
        for parts, where in places.items()
    ]
    slim = ", and run pip install tf-slim" if any(_SLIM in change for change in changes) else ""
    return (
        f"{location.short(program.file)} needs tf.contrib, which TensorFlow 2 lacks: replace "
        f"{'; '.join(changes)}{slim}."
    )


def _listed(places: list[tuple[Path, int]]) -> str:
    """The first places. A file is named once, in the form that a terminal turns into a link."""
    distinct = list(dict.fromkeys(places))
    texts, named = list[str](), None
    for file, line in distinct[:_MOST_PLACES]:
        texts.append(f"{line}" if file == named else f"{file}:{line}")
        named = file
    n_more = len(distinct) - _MOST_PLACES
    return ", ".join(texts) + (f" and {n_more} more" if n_more > 0 else "")
