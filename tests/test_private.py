"""Private names of Optuna and TensorFlow: all that are used are listed, and all exist."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import optuna
import pytest

from sweep.estimator import restore, versions
from sweep.private import PACKAGES, exists
from sweep.private_names import NAMES, SUPPLIED, Name
from tests.running import ROOT

OURS = re.compile(r"_replace|_asdict|_fields|_exit|_sweep_\w+")
"""Attributes that begin with an underscore and are Python's own, or ours on others' objects."""
PRIVATE_MODULE = re.compile(
    r"(tensorflow|tensorflow_estimator|tf_keras|optuna)(\.\w+)*\.(python|src|_(?!_)\w+)(\.\w+)*"
)
WITHOUT_ITS_OWN = {f"sweep.estimator.{name}" for name in ("bridge", "forwarding", "keras", "tpu")}
"""Modules that have nothing to do on a TensorFlow that has an Estimator of its own."""
FOREIGN = ("optuna", "tensorflow", "tensorflow_estimator", "tf_keras")


class Scan(ast.NodeVisitor):
    """The private names that a module uses, as far as its text tells."""

    def __init__(self, text: str) -> None:
        self.found: set[str] = set()
        self._imported: dict[str, str] = {}
        self._own: set[str] = set()
        self.visit(ast.parse(text))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported[alias.asname or alias.name.partition(".")[0]] = alias.name
            self._note_module(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            path = f"{node.module}.{alias.name}"
            self._imported[alias.asname or alias.name] = path
            if self._is_foreign(path):
                self._note_module(path)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._note_module(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            path = self._path(node.value)
            if isinstance(target, ast.Name) and path:
                self._imported[target.id] = path
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._path(node)
        if path and PRIVATE_MODULE.fullmatch(path):
            self.found.add(path)
            return
        if _is_private(node.attr) and not self._is_of_self(node):
            self.found.add(node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "replaced":
            owner = self._path(node.args[0])
            self.found |= {f"{owner}.{keyword.arg}" for keyword in node.keywords}
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self._own = self._own, set(_names_made_in(node))
        for base in map(self._path, node.bases):
            if base and self._is_foreign(base):
                there = {name for name in _names_of_class(base) if _is_private(name)}
                self.found |= self._own & there
                self._own -= there
        self.generic_visit(node)
        self._own = outer

    def _is_of_self(self, node: ast.Attribute) -> bool:
        of_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return of_self and node.attr in self._own

    def _note_module(self, path: str) -> None:
        if PRIVATE_MODULE.fullmatch(path):
            self.found.add(path)

    def _path(self, node: ast.expr) -> str | None:
        """What an expression such as `tf.compat.v1.train` stands for, if an import says so."""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id)
        if isinstance(node, ast.Attribute):
            path = self._path(node.value)
            return path and f"{path}.{node.attr}"
        return None

    def _is_foreign(self, path: str) -> bool:
        return path.partition(".")[0] in FOREIGN


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not OURS.fullmatch(name)


def _names_made_in(node: ast.ClassDef) -> Iterator[str]:
    """The methods and attributes that a class has by its own text."""
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef):
            yield each.name
        elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            yield each.attr
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def _names_of_class(path: str) -> Iterable[str]:
    """The names of a class of another's."""
    restore()
    return {name for base in inspect.getmro(pkgutil.resolve_name(path)) for name in vars(base)}


def unlisted(user: str, text: str) -> set[str]:
    """What a module of this name and text uses without its being listed."""
    listed = {str(name) for name in (*NAMES.get(user, ()), *SUPPLIED)}
    last = {name.rpartition(".")[2] for name in listed}

    def is_listed(found: str) -> bool:
        if "." not in found:
            return found in last
        # A module, of which something is listed, or something in it.
        return found in listed or any(name.startswith(f"{found}.") for name in listed)

    return {found for found in Scan(text).found if not is_listed(found)}


def modules() -> Iterator[tuple[str, Path]]:
    for file in sorted((ROOT / "sweep").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts not in (("sweep", "private"), ("sweep", "private_names")):
            yield ".".join(part for part in parts if part != "__init__"), file


@pytest.mark.tensorflow
def test_every_private_name_is_there() -> None:
    restore()
    for user, names in NAMES.items():
        if versions.tensorflow_version() == versions.FIRST and user in WITHOUT_ITS_OWN:
            continue
        assert [str(name) for name in names if not exists(name)] == []


@pytest.mark.tensorflow
def test_no_module_uses_a_private_name_that_is_not_listed() -> None:
    found = {user: unlisted(user, file.read_text()) for user, file in modules()}
    assert {user: names for user, names in found.items() if names} == {}


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import optuna\noptuna.create_study()._storage", {"_storage"}),
        ("from optuna.storages._rdb import models", {"optuna.storages._rdb.models"}),
        ("import optuna\noptuna.storages._rdb.models", {"optuna.storages._rdb.models"}),
        ("import tensorflow.python.framework.ops", {"tensorflow.python.framework.ops"}),
        (
            "from tensorflow.python.framework import ops\nops.get_gradient_function",
            {"tensorflow.python.framework.ops", "tensorflow.python.framework.ops.get_gradient"},
        ),
        ("m = import_module('tensorflow.python.ops')", {"tensorflow.python.ops"}),
        ("class Mine(optuna.Study):\n    def _get_trials(self): ...", {"_get_trials"}),
        ("class Mine(optuna.Study):\n    def f(self): self._study_id", {"_study_id"}),
        ("class Mine(optuna.Study):\n    def f(self): self._mine = 1", set()),
        ("replaced(tf.Session, run=mine)", {"tensorflow.Session.run"}),
        ("spec._replace(a=1)\nos._exit(0)\ngraph._sweep_handlers = 1", set()),
    ],
)
def test_the_scan_finds_what_is_not_listed(text: str, expected: set[str]) -> None:
    found = unlisted("sweep.new", f"import optuna\nimport tensorflow as tf\n{text}")
    assert {name.removesuffix("_function") for name in found} == expected


def test_what_is_listed_is_used_and_looked_for() -> None:
    files = dict(modules())
    for user, names in NAMES.items():
        text = files[user].read_text()
        assert "private.require(__name__)" in text
        for name in names:
            last = str(name).rpartition(".")[2].lstrip("_")
            assert last in text, f"{user} does not use {name}"


def test_the_releases_are_those_that_are_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = {package.requirement for package in PACKAGES.values()}
    assert requirements <= set(project["dependencies"])


def test_names_are_looked_for_without_an_import_before(fresh_python: Callable[..., str]) -> None:
    code = "import sys, sweep.private; print({'optuna', 'tensorflow'} & sys.modules.keys())"
    assert fresh_python(code) == "set()\n"


def test_asking_for_trials_looks_for_no_name_of_tensorflow(
    fresh_python: Callable[..., str],
) -> None:
    code = "import sys, sweep.storage.study, sweep.search.space; print('tensorflow' in sys.modules)"
    assert fresh_python(code) == "False\n"


OPTUNA_LACKS = """
import sys, optuna
del optuna.distributions.BaseDistribution._contains
sys.argv = ["sweep", "run", "digits_mlp", "--results", sys.argv[1]]
from sweep.cli import main
main()
"""


def test_an_optuna_that_lacks_a_name_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OPTUNA_LACKS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        f"sweep: Optuna {optuna.__version__} has no optuna.distributions.BaseDistribution."
        "_contains, which sweep needs: run `pip install 'optuna>=5.0,<5.1'`.\n",
    )


TENSORFLOW_LACKS = """
import importlib, pkgutil, sys
owner, _, name = sys.argv[2].rpartition(".")
import tensorflow
delattr(pkgutil.resolve_name(owner), name)
try:
    importlib.import_module(sys.argv[1])
except ImportError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("sweep.training.fetch_cache", "tensorflow.python.client.session._FetchHandler"),
        pytest.param(
            "sweep.training.sparing_saves",
            "tensorflow.compat.v1.train.CheckpointSaverHook._set_steps_per_run",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "sweep.training.uninitialized",
            "tensorflow.python.ops.variables.report_uninitialized_variables",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "sweep.training.lifting.placeholders",
            "tensorflow.python.framework.ops._create_graph_constant",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_tensorflow_that_lacks_a_name_is_refused_in_a_sentence(
    fresh_python: Callable[..., str], user: str, name: str
) -> None:
    import tensorflow as tf

    assert fresh_python(TENSORFLOW_LACKS, user, name) == (
        f"TensorFlowError TensorFlow {tf.__version__} has no {name}, which sweep needs: run `pip "
        "install 'tensorflow>=2.15,<2.22'`.\n"
    )


def test_what_no_package_has_does_not_exist() -> None:
    for path in (
        "optuna.no_module:name",
        "optuna.study:NoClass.name",
        "optuna.study:Study._no_name",
        "optuna.no_module",
        "no_package.module",
    ):
        assert not exists(Name(path, "a test"))


class Owner:
    def __init__(self, taken: int) -> None:
        self._made = taken


def test_an_attribute_that_only_instances_have_is_found() -> None:
    found = [exists(Name(f"{__name__}:Owner.{name}", "")) for name in ("_made", "_taken", "_lost")]
    assert found == [True, True, False]
