"""What is sent to a node before anything is loaded there: versions, and the study's own files.

The files are the study file, or the program, and all modules that it imports and that are not
installed. A node that already has the same files under the same paths uses those.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import sweep
from sweep.errors import StudyError
from sweep.estimator.bridge import restore
from sweep.importing import importing
from sweep.program.sources import read_sources
from sweep.study.loader import LoadedStudy

MOST_BYTES = 2**25


@dataclass(frozen=True)
class Luggage:
    """What an agent needs to load the study. Paths are absolute, as on the sweep's machine."""

    versions: dict[str, str]
    """The versions of everything that must be the same."""
    files: dict[str, bytes]
    """The study's own files with their contents, the study file or the program first."""
    path: tuple[str, ...]
    """The places where the sweep finds modules."""
    directory: str
    """The sweep's working directory."""

    def refuse_versions(self) -> None:
        """Checks that this machine has the same versions of everything that must be the same.

        Raises:
            StudyError: a version differs; the message says which.
        """
        for what, version in versions().items():
            if version != self.versions[what]:
                raise StudyError(
                    f"{what} {version} is installed there, but {self.versions[what]} where the "
                    "sweep runs: install the same version."
                )

    def unpack(self, scratch: Path) -> Path:
        """Checks that the files are here, or writes them below a folder.

        Returns:
            The folder in which their paths start: `/` if they were here already.

        Raises:
            StudyError: other files have the same paths here; the message says the difference.
        """
        files = {Path(name): content for name, content in self.files.items()}
        if not files or next(iter(files)).exists():
            for file, content in files.items():
                _refuse_other(file, content)
            return Path("/")
        for file, content in files.items():
            place = below(scratch, file)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return scratch


def pack(loaded: LoadedStudy, directory: Path) -> Luggage:
    """What every node needs to run trials of a study.

    Raises:
        StudyError: it is too much to send.
    """
    path = tuple(str(Path(place).absolute()) for place in sys.path)
    files = {str(file): file.read_bytes() for file in _own_files(loaded)}
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        largest = max(files, key=lambda name: len(files[name]))
        raise StudyError(
            f"The study's own modules have {size / 2**20:.0f} MiB, but at most "
            f"{MOST_BYTES / 2**20:.0f} MiB are sent to other machines; the largest is {largest}: "
            "install large modules as packages, or separate their data from their code."
        )
    return Luggage(versions(), files, path, str(directory))


def below(root: Path, path: Path) -> Path:
    """The place of a path of the sweep's machine below a folder."""
    return root / path.relative_to(path.anchor)


def versions() -> dict[str, str]:
    """The versions of everything that must be the same; this imports TensorFlow."""
    with importing():
        restore()
        import tensorflow as tf
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "sweep": f"{_version()} ({_fingerprint()})",
        "TensorFlow": str(tf.__version__),
    }


def _version() -> str:
    try:
        return metadata.version("estimator-sweep")
    except metadata.PackageNotFoundError:
        return "not installed"  # its folder is on the path


def _fingerprint() -> str:
    """Distinguishes sources of sweep from others of the same version."""
    folder = Path(next(iter(sweep.__path__)))
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _own_files(loaded: LoadedStudy) -> list[Path]:
    program = loaded.spec.program
    roots = [] if loaded.file is None else [(loaded.file, loaded.file.parent)]
    if program is not None:
        roots.append((program.file, program.folder))
    found = [source.file for root in roots for source in read_sources(*root).files]
    return list(dict.fromkeys(found))


def _refuse_other(file: Path, content: bytes) -> None:
    try:
        there = file.read_bytes()
    except OSError as error:
        raise StudyError(
            f"{file} cannot be read there ({error.strerror}): put the same file there that the "
            "sweep has."
        ) from error
    if there != content:
        raise StudyError(
            f"{file} has the SHA-256 {hashlib.sha256(there).hexdigest()} there, but "
            f"{hashlib.sha256(content).hexdigest()} where the sweep runs: put the same file there."
        )
