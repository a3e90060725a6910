"""Which options a command that sweeps has, and in which groups it shows them."""

from __future__ import annotations

import re

import pytest

from sweep.cli import main

OF_NEW_PARAMS = {"--seed", "--sampler", "--param", "--enqueue", "--from"}


def help_of(command: str) -> str:
    with main.make_context("sweep", [command]) as context:
        found = main.get_command(context, command)
        assert found is not None
        return found.get_help(found.context_class(found, context, command))


def options_of(command: str) -> set[str]:
    return set(re.findall(r"^  (?:-\w, )?(--?\w[\w-]*)", help_of(command), re.MULTILINE))


def test_the_options_of_a_sweep_are_shown_in_groups() -> None:
    titles = re.findall(r"^(\w.*):$", help_of("run"), re.MULTILINE)
    assert titles == [
        "Which trials",
        "How far each trial is trained",
        "When no more trials start",
        "A program instead of a study file",
        "Where trials run",
        "Limits of an attempt",
        "Where results are kept",
        "What is notified",
        "Other options",
    ]
    _, _, others = help_of("run").partition("Other options:\n")
    assert others.split() == ["-h,", "--help", "Show", "this", "message", "and", "exit."]


@pytest.mark.parametrize("command", ["retry", "extend", "confirm", "replay"])
def test_a_command_that_trains_known_params_has_no_option_for_new_ones(command: str) -> None:
    has_seed = {"--seed"} if command == "replay" else set()
    options = options_of(command)
    assert options & OF_NEW_PARAMS == has_seed
    assert {"--jobs", "--results", "--trial-timeout", "--engine"} <= options
    assert ("--pruner" in options) == (command in ("retry", "extend"))
    assert options_of("run") >= OF_NEW_PARAMS
