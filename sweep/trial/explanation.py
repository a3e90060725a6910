"""An exception in one line: its words, the place in the user's code, and what to do."""

from __future__ import annotations

import ast
import itertools
import linecache
import re
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from sweep import location
from sweep.program.running import ProgramExit
from sweep.trial.text import storable
from sweep.wording import listed, question

_OP_SAID = re.compile(r"\nNode: '(?P<op>[^']+)'\n(?P<words>.+?)(?=\n\s*\[\[|\n\n|$)", re.DOTALL)
_LAST_OF_A_STACK = re.compile(r"\n *(\w[\w.]*): (\S(?:(?!\n\n).)*)", re.DOTALL)
_FEATURE = re.compile(r"^Feature (\S+) is not in features dictionary")
_TWO_MODEL_DIRS = re.compile(
    r"^`model_dir` are set both in constructor and `RunConfig`.*In constructor: ('.*?'),", re.DOTALL
)


def in_one_line(error: BaseException) -> str:
    """The error's name and words.

    For an error of a session, these are the op's words, without where it was made. For an error
    that AutoGraph or Keras repeats with its stack, they are the words of the original error.
    """
    words = words_of(error)
    if isinstance(error, ProgramExit):
        return storable(f"{words}{_notes_of(error)}")
    name = type(error).__name__
    if in_graph := _OP_SAID.search(words):
        words = f"{in_graph['words']} (op {in_graph['op']})"
    elif innermost := _beneath_a_stack(words):
        name, words = innermost
    return storable(f"{name}: {_explained(error, words)}{_notes_of(error)}")


def with_place(error: BaseException, otherwise: str | None = None) -> str:
    """The same, with the innermost line of the user's code that it passed through.

    Args:
        error: the error.
        otherwise: the place if it passed through no such line.
    """
    place = location.of_own_code(error, words_of(error)) or otherwise
    if isinstance(error, ProgramExit) or place is None:
        return in_one_line(error)
    return f"{in_one_line(error)} ({place})"


def missing_feature(error: BaseException) -> str | None:
    """The feature that a feature column needs and no input_fn gives, if that is the error."""
    innermost = _beneath_a_stack(words := words_of(error))
    feature = _FEATURE.match(innermost[1] if innermost else words)
    return feature and feature[1]


def words_of(error: BaseException) -> str:
    """Its text, even if its class fails to produce one."""
    try:
        return str(error)
    except Exception as another:  # the class is the user's own
        return f"(its text raises {type(another).__name__})"


def _beneath_a_stack(words: str) -> tuple[str, str] | None:
    """The type and the words of the original error, if another repeats it with its stack."""
    if "in user code:\n" not in words:
        return None
    said = _LAST_OF_A_STACK.findall(words.partition("\n\nCall arguments received")[0])
    return (said[-1][0], said[-1][1].strip()) if said else None


def _notes_of(error: BaseException) -> str:
    notes = " ".join(map(str, getattr(error, "__notes__", ())))
    return notes and f" ({notes})"


def _explained(error: BaseException, words: str) -> str:
    """The words, followed by the available names or by what to do, if that is known."""
    if isinstance(error, KeyError):
        return words + _names_there(error)
    if feature := _FEATURE.match(words):
        return words.rstrip(".") + _features_there(error, feature[1])
    if given := _TWO_MODEL_DIRS.match(words):
        return (
            f"the Estimator gets model_dir={given[1]} besides a config that has the trial's "
            "model_dir: leave model_dir out"
        )
    if _is_about_keras_3(error):
        return f"{words}; this is a Keras 3 model: make it with tf.keras, which is Keras 2 here"
    return words


def _is_about_keras_3(error: BaseException) -> bool:
    """Whether an attribute was missing from a Keras 3 object, which Estimator does not support."""
    keras = sys.modules.get("keras")
    return (
        isinstance(error, AttributeError)
        and type(error.obj).__module__.partition(".")[0] == "keras"
        and str(getattr(keras, "__version__", "")).startswith("3.")
    )


def _features_there(error: BaseException, wanted: str) -> str:
    """The features of the input_fn, if a function that the error passed through has them."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        features = frame.f_locals.get("features")
        if isinstance(features, Mapping):
            return _listed("the input_fn gives", wanted, features)
    return ""


def _names_there(error: KeyError) -> str:
    """The names in the dict that lacks one, as in `; params has learning_rate, units`."""
    wanted = error.args[0] if error.args else None
    innermost = _innermost(error)
    if innermost is None or not isinstance(wanted, str):
        return ""
    name = _subscripted(_evaluated(innermost))
    frame = innermost.tb_frame
    content = frame.f_locals.get(name, frame.f_globals.get(name))
    return _listed(f"{name} has", wanted, content) if isinstance(content, dict) else ""


def _listed(what: str, wanted: str, there: Mapping[Any, Any]) -> str:
    names = [name for name in there if isinstance(name, str)]
    return f"; {what} {listed(names)}{question(wanted, names, otherwise='')}"


def _innermost(error: BaseException) -> TracebackType | None:
    level = error.__traceback__
    while level is not None and level.tb_next is not None:
        level = level.tb_next
    return level


def _evaluated(level: TracebackType) -> str:
    """The source of the expression that raised the error, if it is on one line."""
    code = level.tb_frame.f_code
    positions = itertools.islice(code.co_positions(), level.tb_lasti // 2, None)
    line, last_line, begins, ends = next(positions, (None,) * 4)
    if line is None or line != last_line:
        return ""
    return linecache.getline(code.co_filename, line).encode()[begins:ends].decode()


def _subscripted(source: str) -> str:
    """The name of the object that the source subscripts; empty if it does not."""
    try:
        expression = ast.parse(source.strip(), mode="eval").body
    except SyntaxError:
        return ""
    match expression:
        case ast.Subscript(value=ast.Name(id=name)):
            return name
    return ""
