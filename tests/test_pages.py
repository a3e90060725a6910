"""What the README and the docs say to type can be typed, and their links lead somewhere."""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import inspect
import json
import re
import subprocess
import symtable
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import sweep
from docs import generated
from sweep.cli import main
from sweep.private_names import NAMES
from tests.pages import PAGES, Block, anchors, blocks, code_spans, command_lines, links
from tests.running import ROOT, run_sweep

PARSERS: dict[str, Callable[[str], Any]] = {
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
    "json": json.loads,
}
KINDS = {"python", "sh", "console", "text", *PARSERS}
PYTHON = blocks("python")
OPTIONS_OF_OTHERS = {"--go-on", "--learning-rate"}
"""Of the benchmarks, and of programs that are swept, where no {param} stands behind."""
MADE_BY_THE_BUILD = {ROOT / "docs/reference/commands.md", ROOT / "docs/private.md"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def options(command: click.Command) -> set[str]:
    """What can be typed of a command's options."""
    named = (text for param in command.params for text in (*param.opts, *param.secondary_opts))
    return {"-h", "--help", *named}


def parse(words: list[str]) -> None:
    """Parses a command line of `sweep`, without running it."""
    name, *rest = words
    placed = zip(["", *rest], rest, strict=False)
    # What is on remote storage would be fetched.
    rest = ["results" if before == "--results" else word for before, word in placed]
    with contextlib.suppress(click.exceptions.Exit):  # of --help
        main.commands[name].make_context(name, rest)


def test_every_block_says_what_it_is() -> None:
    unknown = [
        str(block) for block in blocks() if block.kind not in KINDS and block.kind[:1] != "{"
    ]
    assert unknown == []


def test_blocks_of_data_parse() -> None:
    for block in blocks(*PARSERS):
        PARSERS[block.kind](block.text)


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=str)
def test_commands_of_sweep_can_be_typed(block: Block) -> None:
    for words in command_lines(block):
        if words[:1] == ["sweep"]:
            parse(words[1:])


@each_page
def test_commands_and_options_in_a_text_exist(page: Path) -> None:
    known = set().union(*map(options, main.commands.values())) | OPTIONS_OF_OTHERS
    for span in code_spans(page):
        name, *words = span.split()
        if name == "sweep" and words and words[0] in main.commands:
            typed = words[: words.index("--")] if "--" in words else words
            named = {re.split("=", word)[0] for word in typed if re.match(r"--?[a-z]", word)}
            assert named <= options(main.commands[words[0]]), span
        elif name == "sweep" and words:
            assert not re.fullmatch(r"[a-z]+", words[0]), span
        elif re.match(r"--[a-z]", span) and "{" not in span:
            assert re.split("=", name)[0] in known, span


@each_page
def test_links_lead_to_files_and_headings_that_there_are(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor and file not in MADE_BY_THE_BUILD:
            assert anchor in anchors(file), target


def test_the_reference_has_every_command_and_option() -> None:
    text = generated.commands()
    for name, command in main.commands.items():
        part = text.partition(f"## sweep {name}\n")[2].partition("\n## ")[0]
        for param in command.params:
            for typed in param.opts if isinstance(param, click.Option) else ():
                assert re.search(rf"{{option}}(.* )?{typed}\b", part), f"sweep {name} {typed}"


def test_the_reference_has_every_public_name() -> None:
    text = (ROOT / "docs/reference/python.md").read_text()
    assert [name for name in sweep.__all__ if not re.search(rf"\bsweep\.{name}\b", text)] == []


def test_the_list_of_private_names_has_all() -> None:
    text = generated.private_names()
    for name in {name for names in NAMES.values() for name in names}:
        assert f"`{name}`\n: " in text


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_blocks_of_python_use_what_there_is(block: Block) -> None:
    tree = ast.parse(block.text)
    known: dict[str, Any] = {"sweep": importlib.import_module("sweep")}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sweep":
            exec(ast.unparse(node), known)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            check_call(node, known)


def check_call(call: ast.Call, known: dict[str, Any]) -> None:
    """Sees that what a block calls of `sweep` is there, and takes what it is given."""
    first, *rest = ast.unparse(call.func).split(".")
    if first not in known or rest[:1] == ["estimator"]:
        return
    called = known[first]
    for name in rest:
        called = getattr(called, name)
    if not any(isinstance(argument, ast.Starred) for argument in call.args):
        keywords = {keyword.arg: None for keyword in call.keywords if keyword.arg}
        inspect.signature(called).bind_partial(*call.args, **keywords)


def stands_alone(block: Block) -> bool:
    """Whether a block uses no name that it does not make."""
    top = symtable.symtable(block.text, str(block), "exec")
    made = {
        each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()
    }
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {each.get_name() for each in table.get_symbols() if each.is_global()}
    return used <= made | set(dir(builtins))


ALONE = {block.text: block for block in PYTHON if stands_alone(block)}
STUDIES = [each for text, each in ALONE.items() if "STUDY =" in text and "TrialSpec(" in text]
ABOUT_A_STUDY = [
    each for text, each in ALONE.items() if '"digits_mlp"' in text and "MLflow" not in text
]
DIGITS_MODEL = next(block for block in PYTHON if block.page.name == "moving.md")


@pytest.mark.slow
@pytest.mark.tensorflow
@pytest.mark.parametrize("block", STUDIES, ids=str)
def test_a_study_on_a_page_sweeps(block: Block, tmp_path: Path) -> None:
    (tmp_path / "digits_model.py").write_text(DIGITS_MODEL.text)
    (tmp_path / "my_study.py").write_text(block.text)
    results = tmp_path / "results"
    ended = run_sweep("run", tmp_path / "my_study.py", "--trials", "2", "--results", results)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 complete" in ended.stdout


@pytest.mark.slow
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("block", ABOUT_A_STUDY, ids=str)
def test_a_block_that_reads_a_study_runs(block: Block, swept: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=swept,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with studies/, and results of the default study with 8 trials."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "studies").symlink_to(ROOT / "studies")
    ended = run_sweep("run", "digits_mlp", "--trials", "8", "--results", folder / "results")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder
