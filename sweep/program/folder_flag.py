"""The message about a program that does not write into its trial's folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator

from sweep.program.program import Program
from sweep.program.sources import read_sources

KNOWN = (
    "job-dir",
    "job_dir",
    "model_dir",
    "model-dir",
    "output_dir",
    "output-dir",
    "model_path",
    "output_path",
    "checkpoint_dir",
    "train_dir",
    "log_dir",
    "logdir",
    "base_dir",
)
"""Flags that programs use for their output folder, the most common first."""


def refusal(program: Program, wanted: str, model_dir: str) -> str:
    """Says that a program uses another model_dir than its trial's, and which argument fixes it.

    Args:
        program: the program.
        wanted: the model_dir that the program gives its Estimator.
        model_dir: the trial's.
    """
    what = f"{program} writes into {wanted}"
    if _is_inside(wanted, model_dir):
        inside = os.path.relpath(os.path.realpath(wanted), os.path.realpath(model_dir))
        return (
            f"{program} writes into the folder {inside} inside of {{model_dir}}, but a trial's "
            "checkpoints are expected in {model_dir} itself: give its Estimator {model_dir}."
        )
    flag = _flag_for(program, wanted)
    if flag is None:
        return (
            f"{what}, not into its trial's folder, and none of its flags has a usual name for the "
            "folder: put {model_dir} where it takes the folder, or give its RunConfig no model_dir."
        )
    return (
        f"{what}, not into its trial's folder: add --{flag}={{model_dir}} to its arguments, after "
        "the --."
    )


def _is_inside(wanted: str, model_dir: str) -> bool:
    inner, outer = os.path.realpath(wanted), os.path.realpath(model_dir)
    return inner.startswith(outer + os.sep)


def _flag_for(program: Program, wanted: str) -> str | None:
    """The flag whose default is the wanted folder, or else the most common one."""
    trees = [source.tree for source in read_sources(program.file, program.folder).files]
    flags = dict(_flags(trees))
    for name, default in flags.items():
        if default and name in KNOWN and os.path.realpath(default) == os.path.realpath(wanted):
            return name
    return next((name for name in KNOWN if name in flags), None)


def _flags(trees: Iterable[ast.AST]) -> Iterator[tuple[str, str | None]]:
    """The flags that are declared to argparse, absl or the like, with their defaults."""
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        texts = list(_texts(call.args))
        given = (arg.value for arg in call.keywords if arg.arg == "default")
        default = next(_texts(given), None)
        for text in texts:
            if text.startswith("--"):
                yield text.removeprefix("--"), default
        if _name_of(call).startswith("DEFINE_") and texts:
            yield texts[0], default or (texts[1] if len(texts) > 1 else None)


def _texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _name_of(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
