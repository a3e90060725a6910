"""Uploads what a trial writes to remote storage, while it trains and when it has ended.

A reader there finds params.json first and result.json last, and all files of every checkpoint that
the file `checkpoint` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from sweep.folder.layout import TrialFolder
from sweep.folder.mirror import Mirror

STATE = "model/checkpoint"
CHECKPOINT_FILE = re.compile(r"(model/.*ckpt-\d+)\.(index|meta|data-\d+-of-\d+)")
_UNFINISHED = re.compile(r"(^|/)temp-|\.tmp$|_temp($|/)|\.tempstate|\.partial\.|(^|/)\.part-")
_NAMED = re.compile(r'^\w*model_checkpoint_paths?: "(.*)"$', re.MULTILINE)
_MOST_TRIES = 5
_LOG_OF_A_TASK = "*-*.log.txt"
"""Some can be written and uploaded on other machines."""


class Push:
    """Uploads one trial's folder to remote storage, and remembers what is there.

    Args:
        mirror: the mirror that contains the folder.
        folder: the trial's folder.
    """

    def __init__(self, mirror: Mirror, folder: TrialFolder) -> None:
        self._remote = mirror.remote
        self._folder = folder.folder
        self.name = "/".join(folder.folder.relative_to(mirror.folder).parts)
        """The folder's name in the results."""
        self._there: dict[str, tuple[int, int] | None] | None = None
        """The files there, with the time and the size that the file had here; None is unknown."""
        self._state: bytes | None = None
        self.n_files = self.n_bytes = 0
        """How many files and bytes were uploaded."""

    @property
    def is_due(self) -> bool:
        """Whether there is a checkpoint that was not uploaded yet, or nothing was uploaded."""
        if self._there is None:
            return (self._folder / "params.json").exists()
        return _read(self._folder / STATE) not in (None, self._state)

    def push(self, *, has_ended: bool) -> None:
        """Uploads what is new, and removes there what no longer exists here.

        Args:
            has_ended: whether to upload result.json and the log too, which complete a trial.

        Raises:
            RemoteError: the upload fails.
        """
        for _ in range(_MOST_TRIES):
            try:
                return self._push(has_ended)
            except FileNotFoundError:  # the checkpoint was replaced by a newer one meanwhile
                continue
        return None

    def _push(self, has_ended: bool) -> None:
        if self._there is None:
            self._there = dict.fromkeys(self._remote.sizes(self.name))
        state = _read(self._folder / STATE)
        files = list(self._files(set(named_checkpoints(state))))
        self._upload("params.json")
        for name in files:
            self._upload(name)
        if state is not None and state != self._state:
            self._write(STATE, self._relative(state))
            self._state = state
        logs = [log.name for log in self._folder.glob(_LOG_OF_A_TASK)]
        own = ["log.txt", "hypertune.json", *logs]
        for name in own:
            self._upload(name)
        if has_ended:
            self._upload("result.json")
        kept = {"params.json", *own, *files}
        kept |= {name for name in self._there if fnmatch(name, _LOG_OF_A_TASK)}
        kept |= {"result.json"} if (self._folder / "result.json").exists() else set()
        kept |= set() if state is None else {STATE}
        gone = sorted(self._there.keys() - kept, key=lambda name: name != STATE)
        self._remote.remove(f"{self.name}/{name}" for name in gone)
        for name in gone:
            del self._there[name]

    def _files(self, named: set[str]) -> Iterator[str]:
        """The finished files of the model_dir, except the one that names checkpoints."""
        for file in sorted((self._folder / "model").rglob("*")):
            name = file.relative_to(self._folder).as_posix()
            if name == STATE or _UNFINISHED.search(name) or file.is_dir():
                continue
            checkpoint = CHECKPOINT_FILE.fullmatch(name)
            if checkpoint is None or Path(checkpoint[1]).name in named:
                yield name

    def _relative(self, state: bytes) -> bytes:
        """The state with checkpoints named relative to the folder, wherever that is."""
        return state.replace(f'"{self._folder}/model/'.encode(), b'"')

    def _upload(self, name: str) -> None:
        assert self._there is not None
        file = self._folder / name
        try:
            stat = file.stat()
        except FileNotFoundError:
            return
        version = stat.st_mtime_ns, stat.st_size
        if self._there.get(name) != version:
            self._remote.put(file, f"{self.name}/{name}")
            self._there[name] = version
            self.n_files, self.n_bytes = self.n_files + 1, self.n_bytes + stat.st_size

    def _write(self, name: str, content: bytes) -> None:
        assert self._there is not None
        self._remote.write(f"{self.name}/{name}", content)
        self._there[name] = None
        self.n_files, self.n_bytes = self.n_files + 1, self.n_bytes + len(content)


class PushOfTask:
    """Uploads what a task has printed that runs on another machine than the trial's leader.

    Args:
        mirror: the mirror that contains the log.
        log: the task's log.
    """

    is_due = False

    def __init__(self, mirror: Mirror, log: Path) -> None:
        self._mirror = mirror
        self._log = log

    def push(self, *, has_ended: bool) -> None:
        """Uploads the log, if there is one and the task has ended.

        Raises:
            RemoteError: the upload fails.
        """
        if has_ended and self._log.exists():
            name = self._log.relative_to(self._mirror.folder).as_posix()
            self._mirror.remote.put(self._log, name)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def named_checkpoints(state: bytes | None) -> list[str]:
    """The names of the checkpoints that the file `checkpoint` names, the newest first."""
    text = (state or b"").decode("utf-8", errors="replace")
    names = [Path(path).name for path in _NAMED.findall(text)]
    return list(dict.fromkeys(names))
