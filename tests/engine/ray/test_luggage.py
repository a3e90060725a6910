"""What a node must have before a sweep's trials run there."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.engine.limits import NO_LIMITS
from sweep.engine.ray import luggage
from sweep.engine.ray.briefing import load, make_brief, refuse_other_folder
from sweep.engine.ray.luggage import Luggage, below, pack
from sweep.errors import StudyError
from sweep.folder.token import token_in
from sweep.program.program import Program
from sweep.study.loader import declared_study, load_study_file
from sweep.study.spec import StudySpec
from sweep.trial.execution import run_order
from tests.standin import search_space

STUDY = """
import neighbour
from tests.standin import study_of
STUDY = study_of(neighbour.ACT)
def late():
    import package.deep
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study file with a module beside it, and a package that only a function imports."""
    folder = tmp_path / "study"
    (folder / "package").mkdir(parents=True)
    (folder / "package/__init__.py").touch()
    (folder / "package/deep.py").write_text("DEEP = True\n")
    (folder / "neighbour.py").write_text("ACT = 'train'\n")
    (folder / "beside.py").write_text("raise AssertionError('nobody imports it')\n")
    (folder / "study.py").write_text(STUDY)
    return folder / "study.py"


@pytest.fixture
def packed(study: Path) -> Luggage:
    return pack(load_study_file(study), Path.cwd())


def test_a_study_travels_with_the_modules_that_it_imports(study: Path, packed: Luggage) -> None:
    own = {Path(name) for name in packed.files}
    names = ("study.py", "neighbour.py", "package/__init__.py", "package/deep.py")
    assert {study.parent / name for name in names} <= own
    assert next(iter(packed.files)) == str(study)
    assert study.parent / "beside.py" not in own
    assert not any("site-packages" in name or "/sweep/engine/" in name for name in packed.files)


def test_a_node_without_the_study_loads_what_has_travelled(
    study: Path, packed: Luggage, tmp_path: Path
) -> None:
    brief = make_brief(load_study_file(study), tmp_path, NO_LIMITS, run_order)
    shutil.rmtree(study.parent)
    root = packed.unpack(tmp_path / "scratch")
    assert root == tmp_path / "scratch"
    loaded = load(brief, root)
    assert loaded.file == below(root, study)
    assert loaded.sha256 == brief.sha256


def test_a_node_that_has_the_study_uses_its_own(
    study: Path, packed: Luggage, tmp_path: Path
) -> None:
    assert packed.unpack(tmp_path / "scratch") == Path("/")
    assert not (tmp_path / "scratch").exists()


def test_a_node_that_has_another_module_is_refused(
    study: Path, packed: Luggage, tmp_path: Path
) -> None:
    module = study.parent / "neighbour.py"
    module.write_text("ACT = 'pause'\n")
    theirs, ours = (
        hashlib.sha256(content).hexdigest() for content in (module.read_bytes(), b"ACT = 'train'\n")
    )
    with pytest.raises(StudyError) as raised:
        packed.unpack(tmp_path / "scratch")
    assert str(raised.value) == (
        f"{module} has the SHA-256 {theirs} there, but {ours} where the sweep runs: put the same "
        "file there."
    )


def test_a_node_that_lacks_a_module_of_the_study_that_it_has_is_refused(
    study: Path, packed: Luggage, tmp_path: Path
) -> None:
    module = study.parent / "neighbour.py"
    module.unlink()
    with pytest.raises(StudyError) as raised:
        packed.unpack(tmp_path / "scratch")
    assert str(raised.value) == (
        f"{module} cannot be read there (No such file or directory): put the same file there that "
        "the sweep has."
    )


@pytest.mark.parametrize("what", ["Python", "sweep", "TensorFlow"])
def test_a_node_that_has_another_version_is_refused(packed: Luggage, what: str) -> None:
    packed.refuse_versions()
    here = packed.versions[what]
    with pytest.raises(StudyError) as raised:
        replace(packed, versions={**packed.versions, what: "1.0"}).refuse_versions()
    assert str(raised.value) == (
        f"{what} {here} is installed there, but 1.0 where the sweep runs: install the same version."
    )


def test_a_study_of_too_much_code_is_refused(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_study_file(study)
    module = study.parent / "neighbour.py"
    module.write_text(f"ACT = 'train'  # {'x' * 2**21}\n")
    monkeypatch.setattr(luggage, "MOST_BYTES", 2**20)
    with pytest.raises(StudyError) as raised:
        pack(loaded, Path.cwd())
    assert str(raised.value) == (
        f"The study's own modules have 2 MiB, but at most 1 MiB are sent to other machines; the "
        f"largest is {module}: install large modules as packages, or separate their data from "
        "their code."
    )


def test_a_program_that_a_node_lacks_runs_from_where_it_has_travelled_to(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "trainer").mkdir(parents=True)
    (home / "trainer/__init__.py").touch()
    (home / "trainer/task.py").write_text("import argparse, trainer.model\n")
    (home / "trainer/model.py").write_text("UNITS = 3\n")
    spec = StudySpec(
        program=Program(module="trainer.task", directory=home),
        search_space=search_space,
        metric="loss",
        direction="minimize",
    )
    loaded = declared_study(spec)
    packed = pack(loaded, home)
    brief = make_brief(loaded, tmp_path, NO_LIMITS, run_order)
    shutil.rmtree(home)
    root = packed.unpack(tmp_path / "scratch")
    moved = load(brief, root)
    assert moved.spec.program is not None
    assert moved.spec.program.file == below(root, home / "trainer/task.py")
    assert moved.spec.program.folder == below(root, home)
    assert moved.sha256 == loaded.sha256


def test_a_results_folder_that_is_another_is_refused(study: Path, tmp_path: Path) -> None:
    results = tmp_path / "made/results"
    brief = make_brief(load_study_file(study), results, NO_LIMITS, run_order)
    with token_in(results) as token:
        refuse_other_folder(replace(brief, token=token))
        token.unlink()
        with pytest.raises(StudyError) as raised:
            refuse_other_folder(replace(brief, token=token))
    assert str(raised.value) == (
        f"{results} is not the same folder there as where the sweep runs, because a file of the "
        "sweep is missing: mount the same folder under this path on all machines, for example with "
        "NFS, and name it with --results."
    )
    assert not (tmp_path / "made").exists()
