"""For a study file that cannot be used, one sentence has the file, the line, and the fix."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.errors import StudyError
from sweep.study.files import find_study
from sweep.study.loader import declared_study, load_study_file
from tests.running import run_sweep

pytestmark = pytest.mark.tensorflow

FIELDS = (
    "search_space, build, program, metric, direction, constraints, n_trials, "
    "save_checkpoints_steps, sampler, pruner, scheduler, repeats, cluster, "
    "serving_input_receiver_fn, lift_arrays, keep_evaluation_graph, write_graph, require_max_steps"
)
GOOD = """\
import tensorflow as tf
from sweep import StudySpec, TrialSpec

def search_space(trial):
    return {"x": trial.suggest_float("x", 0, 1)}

def model_fn(features, labels, mode):
    return tf.estimator.EstimatorSpec(mode)

def input_fn():
    return tf.data.Dataset.range(3)

def build(params, config):
    return TrialSpec(
        tf.estimator.Estimator(model_fn, config=config),
        tf.estimator.TrainSpec(input_fn, max_steps=1),
        tf.estimator.EvalSpec(input_fn),
    )

STUDY = StudySpec(search_space=search_space, build=build, metric="x", direction="minimize")
"""


@pytest.fixture
def study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes a study file into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "study.py") -> Path:
        Path(name).write_text(text)
        return Path(name)

    return write


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def search_space(trial:\n    pass\n",
            "study.py, line 1: '(' was never closed, so Python cannot read the study. Fix this "
            "line.",
        ),
        (
            "import numpy\nimport no_such_module\n",
            "study.py, line 2: No module named 'no_such_module'. Install it in this environment, "
            "or fix the import.",
        ),
        (
            "x = 1\n\ny = x / 0\n",
            "study.py, line 3: ZeroDivisionError while loading the study: division by zero",
        ),
        (
            "import argparse\nargparse.ArgumentParser().parse_args(['--oh'])\n",
            "study.py, line 2: the study file exits (exit code 2) instead of declaring a study.",
        ),
        (
            "from . import neighbour\n",
            "study.py, line 1: a study file has no package, because it is run by itself: import "
            "its neighbours by name. Its folder is on sys.path.",
        ),
        (
            GOOD + "import sweep\nsweep.run(STUDY)\n",
            "study.py, line 22: sweep.run is called while the study file is loaded: put it below "
            '`if __name__ == "__main__":`.',
        ),
        (
            "x = 1\n",
            "study.py declares no STUDY: end it with STUDY = StudySpec(search_space=…, build=…).",
        ),
        (
            "import tensorflow as tf\ntf.estimator.train_and_evaluate(1, 2, 3)\n",
            "study.py declares no STUDY. To sweep it as a program, name its flags and its metric, "
            "as in `sweep run study.py --vary learning-rate=1e-5..1e-1:log --metric accuracy`; to "
            "make it a study file, end it with STUDY = StudySpec(search_space=…, build=…).",
        ),
        (
            "STUDY = {}\n",
            "study.py has a dict as STUDY: end it with STUDY = StudySpec(search_space=…, build=…).",
        ),
        (
            GOOD.replace('metric="x", ', ""),
            "study.py, line 20: StudySpec missing 1 required keyword-only argument: 'metric'. Its "
            f"fields, all given by keyword, are {FIELDS}.",
        ),
        (
            GOOD.replace('metric="x"', 'metric="x", budget=9'),
            "study.py, line 20: StudySpec got an unexpected keyword argument 'budget'. Its "
            f"fields, all given by keyword, are {FIELDS}.",
        ),
        (
            GOOD.replace('"minimize"', '"down"'),
            'study.py, line 20: StudySpec\'s `direction` must be "maximize" or "minimize", one '
            "for each metric, but got 'down'.",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_is_one_sentence(
    study_file: Callable[[str], Path], text: str, message: str
) -> None:
    with pytest.raises(StudyError) as raised:
        load_study_file(study_file(text))
    assert str(raised.value) == message


def test_a_missing_file_is_told_with_the_studies_there_are(
    study_file: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "studies").mkdir()
    study_file("", "studies/one.py")
    with pytest.raises(StudyError) as raised:
        find_study("two")
    assert str(raised.value) == (
        "There is no study file 'two', neither as a path nor as studies/two.py; studies/ has one."
    )


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("first.py", "There is no study file first.py: did you mean firts.py?"),
        (
            "firts",
            "There is no study file 'firts', neither as a path nor as studies/firts.py; studies/ "
            "has no studies: did you mean firts.py?",
        ),
    ],
)
def test_a_file_with_such_a_name_is_suggested(
    study_file: Callable[..., Path], named: str, sentence: str
) -> None:
    study_file("", "firts.py")
    with pytest.raises(StudyError) as raised:
        find_study(named)
    assert str(raised.value) == sentence


def test_a_study_finds_itself_alone_on_the_command_line(
    study_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["sweep", "run", "study.py", "--trials", "3"])
    text = "import argparse, sys\nargparse.ArgumentParser().parse_args()\nARGV = sys.argv\n" + GOOD
    assert load_study_file(study_file(text)).spec.metric == "x"
    assert sys.argv == ["sweep", "run", "study.py", "--trials", "3"]


@pytest.mark.slow
def test_what_a_study_wrote_before_it_failed_is_shown(tmp_path: Path) -> None:
    study = tmp_path / "study.py"
    study.write_text("import sys\nprint('what led to it', file=sys.stderr)\n1 / 0\n")
    assert run_sweep("run", study, "--results", tmp_path / "results").stderr == (
        f"what led to it\nsweep: {study}, line 3: ZeroDivisionError while loading the study: "
        "division by zero\n"
    )


def test_a_study_may_import_modules_that_lie_beside_it(study_file: Callable[..., Path]) -> None:
    study_file("METRIC = 'from beside'\n", "beside_it.py")
    text = "import beside_it\n" + GOOD.replace('metric="x"', "metric=beside_it.METRIC")
    assert load_study_file(study_file(text)).spec.metric == "from beside"


def test_a_study_says_tf_estimator_without_restoring_it_itself(
    study_file: Callable[[str], Path],
) -> None:
    loaded = load_study_file(study_file(GOOD))
    assert loaded.name == "study"
    assert loaded.sha256 is not None


def test_a_study_declared_in_python_is_named_after_its_file(
    study_file: Callable[[str], Path],
) -> None:
    spec = load_study_file(study_file(GOOD)).spec
    assert declared_study(spec).name == "study"
    assert declared_study(spec).file == Path("study.py").resolve()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        pytest.param(
            "return tf.estimator.Estimator(model_fn, config=config)",
            "`build` must return TrialSpec(estimator, train_spec, eval_spec), but returned a "
            "EstimatorV2.",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "return TrialSpec(None, None, None)",
            "`build` returned a TrialSpec with None for `estimator`, which must be a "
            "tf.estimator.Estimator.",
            marks=pytest.mark.slow,
        ),
        (
            "return TrialSpec(tf.estimator.Estimator(model_fn, model_dir='elsewhere'), "
            "tf.estimator.TrainSpec(input_fn), tf.estimator.EvalSpec(input_fn))",
            "`build` returned an Estimator with model_dir='elsewhere', which is not the trial's "
            "own: pass config=config to the Estimator.",
        ),
    ],
)
def test_a_build_that_cannot_be_trained_is_told_before_the_sweep(
    tmp_path: Path, build: str, message: str
) -> None:
    study = tmp_path / "study.py"
    study.write_text(GOOD.replace("    return TrialSpec(\n", f"    {build}\n    TrialSpec(\n"))
    ended = run_sweep("run", str(study), "--results", str(tmp_path / "results"))
    assert ended.returncode == 2
    assert ended.stderr == f"sweep: {study}, line 13: {message}\n"
    assert ended.stdout == ""
    assert not (tmp_path / "results" / "study").exists()
