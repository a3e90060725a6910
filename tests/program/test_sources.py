"""The sources of a program: its own modules, their hash, and its imports of other packages."""

import codecs
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from sweep.errors import StudyError
from sweep.program.sources import Sources, read_sources


def write(root: Path, **files: str) -> None:
    """Writes files by their names, in which __ stands for a slash."""
    for name, text in files.items():
        file = root / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))


def package(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()


def own(sources: Sources, root: Path) -> list[str]:
    return [str(source.file.relative_to(root)) for source in sources.files]


def test_own_modules_are_found_wherever_they_are_imported(tmp_path: Path) -> None:
    package(tmp_path / "net")
    package(tmp_path / "net" / "layers")
    write(
        tmp_path,
        task="""
            import data
            from net import model
            def main():
                import late
            if __name__ == "__main__":
                main()
        """,
        data="import numpy as np",
        late="",
        unused="",
        common="",
        net__model="from .layers.dense import Dense\nfrom . import sizes",
        net__sizes="from ..common import x",
        net__layers__dense="",
    )

    sources = read_sources(tmp_path / "task.py", tmp_path)

    assert own(sources, tmp_path) == [
        "task.py",
        "data.py",
        "net/__init__.py",
        "net/model.py",
        "late.py",
        "net/layers/__init__.py",
        "net/layers/dense.py",
        "net/sizes.py",
        "common.py",
    ]
    assert len(sources.files[0].tree.body) == 4


def test_modules_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, task="import other", other="import task, other")

    assert own(read_sources(tmp_path / "task.py", tmp_path), tmp_path) == ["task.py", "other.py"]


def test_an_own_module_hides_an_installed_one_but_a_folder_alone_does_not(tmp_path: Path) -> None:
    (tmp_path / "optuna").mkdir()
    (tmp_path / "parts").mkdir()
    write(
        tmp_path,
        task="import click, sys, optuna.study, parts.one, json",
        click="",
        sys="",
        json="",
        optuna__study="",
        parts__one="",
    )

    sources = read_sources(tmp_path / "task.py", tmp_path)

    assert own(sources, tmp_path) == ["task.py", "click.py", "parts/one.py", "json.py"]
    assert sources.imports == {"optuna.study"}


def test_a_module_of_a_package_is_read_from_the_folder_that_is_first_on_the_path(
    tmp_path: Path,
) -> None:
    package(tmp_path / "trainer")
    write(tmp_path, trainer__task="from trainer import model\nimport model", trainer__model="")

    from_above = read_sources(tmp_path / "trainer" / "task.py", tmp_path)
    from_within = read_sources(tmp_path / "trainer" / "task.py", tmp_path / "trainer")

    assert own(from_above, tmp_path) == [
        "trainer/task.py",
        "trainer/__init__.py",
        "trainer/model.py",
    ]
    assert own(from_within, tmp_path) == ["trainer/task.py", "trainer/model.py"]


def test_a_module_elsewhere_on_the_path_is_own_unless_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "models" / "official")
    write(
        tmp_path,
        program__task="from official import flags\nimport common\nimport click.core",
        models__official__flags="from official.sub import one",
        models__official__sub__one="",
        models__common="",
    )
    monkeypatch.syspath_prepend(tmp_path / "models")

    sources = read_sources(tmp_path / "program" / "task.py", tmp_path / "program")

    assert own(sources, tmp_path) == [
        "program/task.py",
        "models/official/__init__.py",
        "models/official/flags.py",
        "models/common.py",
        "models/official/sub/one.py",
    ]
    assert sources.imports == {"click.core"}


def test_a_relative_import_beyond_all_folders_is_left_to_python(tmp_path: Path) -> None:
    write(tmp_path, task=f"from {'.' * 50} import x")

    assert own(read_sources(tmp_path / "task.py", tmp_path), tmp_path) == ["task.py"]


def test_the_hash_is_that_of_all_modules_wherever_they_lie(tmp_path: Path) -> None:
    def hashed(folder: str, **files: str) -> str:
        write(tmp_path / folder, **files)
        return read_sources(tmp_path / folder / "task.py", tmp_path / folder).sha256

    files = {"task": "import a, b", "a": "x = 1", "b": "y = 2"}
    first = hashed("first", **files)

    assert hashed("moved", **files) == first
    assert hashed("unrelated", **files, c="") == first
    assert hashed("changed", **{**files, "b": "y = 3"}) != first
    assert hashed("swapped", **{**files, "a": "y = 2", "b": "x = 1"}) != first


def test_imports_are_those_of_other_packages_at_the_start(tmp_path: Path) -> None:
    write(
        tmp_path,
        task="""
            import json, os.path
            import numpy.linalg
            import tensorflow as tf
            from tensorflow.keras import layers
            from sklearn.datasets import load_digits
            import data
            try:
                import pandas as pd
                import cPickle
            except ImportError:
                pass
            def main():
                import late
                import optuna
        """,
        data="import click",
        late="import rich",
    )

    imports = read_sources(tmp_path / "task.py", tmp_path).imports

    assert imports == {"numpy.linalg", "sklearn.datasets", "pandas", "click"}


@pytest.mark.parametrize(
    ("line", "is_python_2"),
    [
        ('print "accuracy", 3', True),
        ("print accuracy", True),
        ("exec code", True),
        ('raise ValueError, "no data"', True),
        ("except ValueError, error:", True),
        ("if 3 <> 4: pass", True),
        ("mode = 0644", True),
        ("steps = 10L", True),
        ('x = ur"a"', True),
        ("x = `3`", True),
        ("print(3", False),
        ("x = = 3", False),
        ("x = 3.0.5", False),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, is_python_2: bool
) -> None:
    body = f"try: pass\n{line}\n    pass" if line.startswith("except") else f"x = 1\n{line}"
    write(tmp_path, task="import data", data=body)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StudyError) as refused:
        read_sources(Path("task.py"), Path())

    message = str(refused.value)
    if is_python_2:
        assert message == (
            f"data.py:2 is written in Python 2, `{line}`: convert the program to Python 3, "
            "for example with 2to3."
        )
    else:
        assert message.startswith("data.py:2 cannot be read as Python, ")
        assert message.endswith(": fix it.")


def test_a_syntax_error_is_said_in_pythons_words(tmp_path: Path) -> None:
    write(tmp_path, task="x = = 3")

    with pytest.raises(StudyError) as refused:
        read_sources(tmp_path / "task.py", tmp_path)

    assert str(refused.value) == (
        f"{tmp_path}/task.py:1 cannot be read as Python, invalid syntax: fix it."
    )


def test_encodings_are_honoured(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_bytes(codecs.BOM_UTF8 + b"import latin")
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\nx = 'é'".encode("latin-1"))

    tree = read_sources(tmp_path / "task.py", tmp_path).files[1].tree

    assert compile(tree, "latin.py", "exec").co_consts[0] == "é"


def test_an_undeclared_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_bytes("x = 'é'".encode("latin-1"))

    with pytest.raises(StudyError) as refused:
        read_sources(tmp_path / "task.py", tmp_path)

    assert str(refused.value) == (
        f"{tmp_path}/task.py:1 cannot be read as Python, (unicode error) 'utf-8' codec can't "
        "decode byte 0xe9 in position 0: unexpected end of data: fix it."
    )


def test_nothing_is_run(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    write(tmp_path, task="import boom\nx = '\\d'", boom="raise SystemExit")

    read_sources(tmp_path / "task.py", tmp_path)

    assert "boom" not in sys.modules
    assert not recwarn.list


def test_reading_imports_no_tensorflow(fresh_python: Callable[..., str], tmp_path: Path) -> None:
    write(tmp_path, task="import tensorflow, numpy")
    code = """if True:
        import sys
        from pathlib import Path
        from sweep.program.sources import read_sources
        read_sources(Path(sys.argv[1], "task.py"), Path(sys.argv[1]))
        print({"tensorflow", "numpy"} & sys.modules.keys())
    """

    assert fresh_python(code, str(tmp_path)) == "set()\n"
