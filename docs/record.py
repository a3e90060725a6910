"""Records a sweep on a terminal as an animated SVG: `python docs/record.py` (half a minute).

The sweep is a real one, of the default study with a fixed seed, in a temporary folder. The drawing
is a strip of frames that CSS moves past the window, and every line of text is in it once.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import time
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "_static" / "run.svg"
TYPED = "sweep run --seed 5"
COLUMNS, ROWS = 112, 30
SECONDS_BETWEEN_FRAMES, SECONDS_AT_THE_END = 0.5, 6.0
MOST_SECONDS, MOST_FRAMES = 30.0, 70
CHARACTER_WIDTH, LINE_HEIGHT, FONT_SIZE, MARGIN = 8.0, 18, 13.3, 14
BACKGROUND, FOREGROUND = "#1d2330", "#d7dce5"
COLOURS = {
    "black": "#5c6676",
    "red": "#f07f83",
    "green": "#8fd18b",
    "brown": "#e6c07b",
    "blue": "#7fb2f0",
    "magenta": "#d19bea",
    "cyan": "#6cc7d1",
    "white": "#d7dce5",
}

Line = tuple[tuple[int, str, str, bool], ...]
"""Pieces of a line: the column where each is, its text, its colour, and whether it is bold."""
Frame = tuple[Line, ...]


def record() -> list[tuple[float, Frame]]:
    """Runs the sweep on a terminal; each picture that it shows, and when, in seconds."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {TYPED}\r\n".encode())
    frames = [(0.0, taken(screen))]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "studies").symlink_to(ROOT / "studies")
        main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        sweep = subprocess.Popen(
            [sys.executable, "-m", *TYPED.split()],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
        )
        os.close(terminal)
        os.set_blocking(main, False)
        begin = time.monotonic()
        while sweep.poll() is None:
            time.sleep(SECONDS_BETWEEN_FRAMES)
            stream.feed(read(main))
            frames.append((time.monotonic() - begin, taken(screen)))
    if sweep.returncode != 0:
        raise SystemExit(f"The sweep ended with exit code {sweep.returncode}.")
    frames = [next(same) for _, same in groupby(frames, key=lambda frame: frame[1])]
    stride = -(-len(frames) // MOST_FRAMES)
    return [*frames[:-1:stride], frames[-1]]


def read(terminal: int) -> bytes:
    """What has been written to the terminal since it was read last."""
    data = b""
    try:
        while more := os.read(terminal, 65536):
            data += more
    except OSError:  # nothing more now, or no more at all
        pass
    return data


def taken(screen: pyte.Screen) -> Frame:
    """What the screen shows."""
    return tuple(line_of([screen.buffer[y][x] for x in range(COLUMNS)]) for y in range(ROWS))


def line_of(characters: list[Char]) -> Line:
    """A line of the screen, in pieces of one style each."""
    pieces = []
    styled = groupby(enumerate(characters), key=lambda at: (at[1].fg, at[1].bold))
    for (colour, bold), group in styled:
        placed = list(group)
        text = "".join(character.data for _, character in placed)
        if text.strip():
            column = placed[0][0] + len(text) - len(text.lstrip())
            pieces.append((column, text.strip(), colour_of(colour), bold))
    return tuple(pieces)


def colour_of(name: str) -> str:
    """The colour in which a terminal's colour is drawn."""
    if name.startswith("bright"):
        name = name.removeprefix("bright")
    return COLOURS.get(name, f"#{name}" if len(name) == 6 and name != "default" else FOREGROUND)


def drawn(frames: list[tuple[float, Frame]]) -> str:
    """The SVG: the last frame, for some seconds or where nothing moves, and then all of them."""
    lines: dict[Line, int] = {}
    for _, frame in frames:
        for line in frame:
            if line:
                lines.setdefault(line, len(lines))
    speed = max(1.0, frames[-1][0] / MOST_SECONDS)
    frames = [(when / speed, frame) for when, frame in frames]
    duration = frames[-1][0] + SECONDS_AT_THE_END
    height = ROWS * LINE_HEIGHT + 2 * MARGIN
    width = COLUMNS * CHARACTER_WIDTH + 2 * MARGIN
    strip = [frames[-1][1], *(frame for _, frame in frames[:-1])]
    played = [(SECONDS_AT_THE_END + when, i + 1) for i, (when, _) in enumerate(frames[:-1])]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" '
            f'width="{width:g}" height="{height}" role="img">',
            f"<title>A terminal: {escape(TYPED)}, until the sweep has its trials"
            f"{f', shown {speed:.1f} times as fast' if speed > 1 else ''}</title>",
            "<style>",
            f"text {{ font: {FONT_SIZE}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, "
            "monospace; white-space: pre; }",
            ".bold { font-weight: bold; }",
            *(f".c{i} {{ fill: {colour}; }}" for i, colour in enumerate(colours(lines))),
            "@keyframes strip {",
            *(
                f"{100 * when / duration:.3f}% {{ transform: translateY({-i * height}px); }}"
                for when, i in [(0.0, 0), *played]
            ),
            "}",
            f"#strip {{ animation: strip {duration:.2f}s step-end infinite; }}",
            "@media (prefers-reduced-motion: reduce) { #strip { animation: none; } }",
            "</style>",
            "<defs>",
            *(defined(line, i, colours(lines)) for line, i in lines.items()),
            "</defs>",
            f'<rect width="{width:g}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
            '<g id="strip">',
            *(placed(frame, i * height, lines) for i, frame in enumerate(strip)),
            "</g>",
            "</svg>",
            "",
        ]
    )


def colours(lines: dict[Line, int]) -> list[str]:
    """Every colour that is used."""
    return sorted({colour for line in lines for _, _, colour, _ in line})


def defined(line: Line, i: int, used: list[str]) -> str:
    """A line of text, to be used by frames."""
    pieces = "".join(
        f'<text x="{column * CHARACTER_WIDTH:g}" '
        f'textLength="{len(text) * CHARACTER_WIDTH:g}" lengthAdjust="spacingAndGlyphs" '
        f'class="c{used.index(colour)}{" bold" if bold else ""}">{escape(text)}</text>'
        for column, text, colour, bold in line
    )
    return f'<g id="l{i}">{pieces}</g>'


def placed(frame: Frame, top: int, lines: dict[Line, int]) -> str:
    """A frame of the strip."""
    return "".join(
        f'<use href="#l{lines[line]}" x="{MARGIN}" y="{top + MARGIN + (y + 1) * LINE_HEIGHT - 4}"/>'
        for y, line in enumerate(frame)
        if line
    )


if __name__ == "__main__":
    FILE.write_text(drawn(record()))
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size / 1000:.0f} kB")
