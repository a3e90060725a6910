"""Which TensorFlow is accepted, judged in environments that hold other versions than this one."""

import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

import sweep

pytestmark = pytest.mark.tensorflow

RESTORE = """
import sys
from sweep.errors import TensorFlowError
from sweep.estimator import restore
try:
    restore()
except TensorFlowError as error:
    print(error)
assert "tensorflow_estimator" not in sys.modules
"""
FIX = "run pip install 'tensorflow>=2.15,<2.22'.\n"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A folder with every installed package but those that deal with TensorFlow."""
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("tensorflow", "tf_keras", "protobuf", "sweep")):
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "sweep").symlink_to(Path(sweep.__file__).parent)
    return tmp_path


@pytest.fixture
def refusal(environment: Path, fresh_python: Callable[..., str]) -> Callable[[], str]:
    """What `restore` says in that environment."""
    return lambda: fresh_python(RESTORE, env={"PYTHONPATH": str(environment)}, options=["-S"])


def install(environment: Path, name: str, version: str) -> None:
    """Writes the metadata of a package, without the package."""
    info = environment / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_tensorflow_must_be_installed(refusal: Callable[[], str]) -> None:
    expected = f"sweep needs TensorFlow 2.15 to 2.21, but none is installed: {FIX}"
    assert refusal() == expected


@pytest.mark.parametrize("version", ["2.14.1", "2.22.0rc1", "1.15.5", "3.0.0"])
@pytest.mark.parametrize("name", ["tensorflow", "tensorflow-cpu"])
def test_another_tensorflow_is_refused_unseen(
    name: str, version: str, environment: Path, refusal: Callable[[], str]
) -> None:
    install(environment, name, version)

    expected = f"sweep needs TensorFlow 2.15 to 2.21, but {version} is installed: {FIX}"
    assert refusal() == expected


def test_a_tensorflow_without_metadata_is_asked_itself(
    environment: Path, refusal: Callable[[], str]
) -> None:
    (environment / "tensorflow").mkdir()
    (environment / "tensorflow" / "__init__.py").write_text("__version__ = '2.9.0'\n")

    expected = f"sweep needs TensorFlow 2.15 to 2.21, but 2.9.0 is installed: {FIX}"
    assert refusal() == expected


@pytest.mark.parametrize("installed", [None, "2.18.0"])
def test_tf_keras_must_fit_tensorflow(
    installed: str | None, environment: Path, refusal: Callable[[], str]
) -> None:
    install(environment, "tensorflow", "2.21.0")
    if installed:
        install(environment, "tf-keras", installed)

    assert refusal() == (
        f"Estimator on TensorFlow 2.21 needs tf-keras 2.21, but {installed or 'none'} is "
        "installed: run pip install 'tf-keras==2.21.*'.\n"
    )


def test_protobuf_7_is_refused_on_tensorflow_2_20(
    environment: Path, refusal: Callable[[], str]
) -> None:
    install(environment, "tensorflow", "2.20.0")
    install(environment, "tf-keras", "2.20.1")
    install(environment, "protobuf", "7.36.2")

    assert refusal() == (
        "TensorFlow 2.20 cannot write a graph with protobuf 7.36.2: run pip install 'protobuf<7'.\n"
    )


def test_the_estimator_package_must_be_installed(
    environment: Path, refusal: Callable[[], str]
) -> None:
    install(environment, "tensorflow", "2.21.0")
    install(environment, "tf-keras", "2.21.0")
    install(environment, "protobuf", "7.36.2")

    assert refusal() == (
        "tensorflow-estimator is not installed: run pip install 'tensorflow-estimator==2.15.*'.\n"
    )


def test_tensorflow_2_15_is_left_alone(environment: Path, refusal: Callable[[], str]) -> None:
    install(environment, "tensorflow", "2.15.1")

    assert refusal() == ""
