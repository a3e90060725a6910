"""The README and the pages of docs/, as Markdown: their blocks of code, links and headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.running import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(file for file in ROOT.glob("docs/**/*.md") if "_build" not in file.parts),
]
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_LABEL = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)
_ASSIGNED = re.compile(r"\w+=")


@dataclass(frozen=True)
class Block:
    """A fenced block of code: where it is, what it says it is, and its text."""

    page: Path
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def tokens(page: Path) -> list[Token]:
    """What a page consists of."""
    return _MARKDOWN.parse(page.read_text())


def blocks(*kinds: str) -> list[Block]:
    """The blocks of all pages that say they are of these kinds; all of them without any."""
    return [
        Block(page, token.map[0] + 1, token.info.strip(), token.content)
        for page in PAGES
        for token in tokens(page)
        if token.type == "fence" and token.map and (not kinds or token.info.strip() in kinds)
    ]


def command_lines(block: Block) -> Iterator[list[str]]:
    """The commands of a shell that a block has, in words, without what they print."""
    text = block.text.replace("\\\n", " ")
    lines = text.splitlines()
    if block.kind == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        command: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;"):
                yield command
                command = []
            elif command or not _ASSIGNED.match(word):
                command.append(word)


def code_spans(page: Path) -> list[str]:
    """What a page has in backticks within its text."""
    return [child.content for child in _inline(page) if child.type == "code_inline"]


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures that are not on the web."""
    found = [
        str(child.attrs.get("href") or child.attrs.get("src") or "") for child in _inline(page)
    ]
    return [target for target in found if target and "://" not in target]


def anchors(page: Path) -> set[str]:
    """What links may name in a page: its headings as code hosts and the site write them."""
    parts = tokens(page)
    titles = [after.content for part, after in pairwise(parts) if part.type == "heading_open"]
    return {_slug(title) for title in titles} | set(_LABEL.findall(page.read_text()))


def _inline(page: Path) -> Iterator[Token]:
    for token in tokens(page):
        yield from token.children or []


def _slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
