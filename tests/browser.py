"""A headless Chromium that says over its debugging pipe what a page shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS_TO_SHOW = 60.0

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to look with")

# Text in shadow roots too, of which TensorBoard is made and which a dump of the DOM leaves out.
_TEXT = """
(function text(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (["STYLE", "SCRIPT"].includes(node.nodeName)) return "";
    return [node.shadowRoot, ...node.childNodes].filter(Boolean).map(text).join(" ");
})(document.body)
"""

_IS_THERE = "document.readyState === 'complete' && location.href !== 'about:blank'"


class Browser:
    """A browser with a fresh profile in `folder`; `close` ends it."""

    def __init__(self, folder: Path) -> None:
        assert CHROMIUM is not None
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        command_reader, self._commands = os.pipe()
        self._answers, answer_writer = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        moved = f'exec "$0" "$@" 3<&{command_reader} 4>&{answer_writer}'
        self._process = subprocess.Popen(
            ["bash", "-c", moved, CHROMIUM, *options, f"--user-data-dir={folder}"],
            pass_fds=(command_reader, answer_writer),
            stderr=subprocess.DEVNULL,
        )
        os.close(command_reader)
        os.close(answer_writer)
        self._unread = b""
        self._n_asked = 0
        self._screen: dict[str, Any] = {}
        self._scheme = "light"

    def text_with(self, address: str, *wanted: str) -> str:
        """The text of the page, once it shows what is wanted; what it shows when that is late."""
        session = self._open(address)
        deadline = time.monotonic() + SECONDS_TO_SHOW
        text = ""
        while time.monotonic() < deadline and not all(part in text for part in wanted):
            time.sleep(0.3)
            text = " ".join(str(self._evaluate(session, _TEXT)).split())
        return text

    def results(self, address: str, *expressions: str) -> list[Any]:
        """What expressions of JavaScript give on the page, one after the other."""
        session = self._open(address)
        deadline = time.monotonic() + SECONDS_TO_SHOW
        while self._evaluate(session, _IS_THERE) is not True:
            assert time.monotonic() < deadline, "the page is late"
            time.sleep(0.05)
        return [self._evaluate(session, expression) for expression in expressions]

    def show_as(self, *, width: int, scheme: str) -> None:
        """Shows pages from now on as a screen of this width would, light or dark."""
        self._screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._scheme = scheme

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    def _open(self, address: str) -> str:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        session: str = self._ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        if self._screen:
            self._ask("Emulation.setDeviceMetricsOverride", session, **self._screen)
            feature = {"name": "prefers-color-scheme", "value": self._scheme}
            self._ask("Emulation.setEmulatedMedia", session, features=[feature])
        self._ask("Page.navigate", session, url=address)
        return session

    def _evaluate(self, session: str, expression: str) -> Any:
        asked = {"expression": expression, "returnByValue": True}
        answer = self._ask("Runtime.evaluate", session, **asked)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._n_asked += 1
        message: dict[str, Any] = {"id": self._n_asked, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._n_asked:
            pass
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            data = os.read(self._answers, 65536)
            assert data, "the browser has ended"
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
