"""What happens to a trial in its process, for every way that a real Estimator can end."""

import json
from pathlib import Path

import pandas as pd
import pytest

import sweep
from sweep.location import short
from sweep.storage.url import storage_url
from tests.running import run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("attempt")]

TROUBLES = str(Path(__file__).with_name("troubles.py"))
TF_CONFIG = json.dumps(
    {
        "cluster": {"chief": ["localhost:1"], "worker": ["localhost:2"]},
        "task": {"type": "worker", "index": 0},
    }
)


def line_of(words: str) -> str:
    """Where the file of the study has these words."""
    lines = Path(TROUBLES).read_text().splitlines()
    (line,) = (n for n, text in enumerate(lines, 1) if words in text)
    return f"{short(Path(TROUBLES))}, line {line}"


OUT_OF_MEMORY = "wants too much memory"
FAILURES = {
    "nan loss": "nan loss: NaN loss during training.",
    "raises in build": f"exception: ValueError: build does not like this ({line_of('build does')})",
    "raises in model_fn": f"exception: RuntimeError: a layer of two lines ({line_of('a layer')})",
    "raises in input_fn": f"exception: OSError: no such data ({line_of('no such data')})",
    "raises in an op": (
        "exception: InvalidArgumentError: no number : Tensor had Inf and NaN values (op check) "
        f"({line_of('check_numerics')})"
    ),
    "reports no metric": "metric: no 'error'; the evaluation has global_step, loss",
    "reports infinity": "metric: 'error' is inf, not a finite number",
    "reports no number": "metric: 'error' is nan, not a finite number",
    "reports a word": "metric: 'error' is \"b'large'\", not a finite number",
    "trains on nothing": "no data: the training's input_fn yielded nothing",
    "evaluates nothing": "no data: the evaluation's input_fn yielded nothing",
}


END_OF_DATA = "trains on too little"
NOTICE = """
Trial {}'s training data ended at step 12, before max_steps=20, so its training is complete. \
To train to max_steps, let the training's input_fn end with .repeat(); to make such trials fail, \
set StudySpec(require_max_steps=True).
"""


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The trials of one sweep through all fates, by fate."""
    results = tmp_path_factory.mktemp("troubles")
    # A cluster's, whose other tasks no trial must wait for.
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("TF_CONFIG", TF_CONFIG)
    monkeypatch.setenv("SWEEP_STORAGE", storage_url(results))
    ended = run_sweep("run", TROUBLES, "--results", str(results), "--jobs", "2", "--retries", "0")
    monkeypatch.undo()
    assert ended.returncode == 0, ended.stderr
    (results / "output.txt").write_text(f"\n{ended.stdout}\n{ended.stderr}")
    return sweep.load_trials("troubles", results=results).set_index("params_fate")


def test_one_trial_of_each_fate_is_asked_for_and_all_end(troubles: pd.DataFrame) -> None:
    states = dict.fromkeys([*FAILURES, OUT_OF_MEMORY], "FAIL")
    states |= dict.fromkeys(["good", END_OF_DATA], "COMPLETE")
    assert troubles["state"].to_dict() == states


@pytest.mark.parametrize(("fate", "failure"), FAILURES.items())
def test_a_failed_trial_says_why(troubles: pd.DataFrame, fate: str, failure: str) -> None:
    assert troubles.loc[fate, "failure"] == failure


def test_a_trial_that_tensorflow_has_no_memory_for_says_so(troubles: pd.DataFrame) -> None:
    failure = str(troubles.loc[OUT_OF_MEMORY, "failure"])
    assert failure.startswith("out of memory: ResourceExhaustedError: ")


def test_data_that_ends_before_max_steps_is_an_end_that_is_told_of(troubles: pd.DataFrame) -> None:
    trial = troubles.loc[END_OF_DATA]
    assert (trial["metrics_global_step"], trial["value"]) == (12, trial["metrics_error"])
    output = (_folder(troubles, END_OF_DATA).parents[1] / "output.txt").read_text()
    assert NOTICE.format(trial["number"]) in output


def test_an_exception_leaves_its_traceback_in_the_log(troubles: pd.DataFrame) -> None:
    log = (_folder(troubles, "raises in model_fn") / "log.txt").read_text()
    assert "Traceback (most recent call last)" in log
    assert 'raise RuntimeError("a layer\\nof two lines")' in log


def test_what_a_trial_prints_goes_to_its_log(troubles: pd.DataFrame) -> None:
    log = (_folder(troubles, "good") / "log.txt").read_text()
    assert "what the study prints" in log
    assert "Saving checkpoints for 20" in log, "TensorFlow's own messages belong there too"


def test_a_trial_is_not_told_the_storage_whose_password_it_has_no_use_for(
    troubles: pd.DataFrame,
) -> None:
    log = (_folder(troubles, "good") / "log.txt").read_text()
    assert "of the storage it knows None" in log


def test_every_evaluation_stands_in_the_result_with_all_its_metrics(troubles: pd.DataFrame) -> None:
    result = json.loads((_folder(troubles, "good") / "result.json").read_text())
    assert [evaluation["step"] for evaluation in result["evaluations"]] == [5, 10, 15, 20]
    last = result["evaluations"][-1]
    assert set(last) == {"step", "error", "loss", "global_step"}
    recorded = troubles.loc["good", ["value", "metrics_error"]]
    assert list(recorded) == [last["error"], last["error"]]
    assert set(result["seconds"]) == {"build", "train", "evaluate"}


def test_a_failed_trial_keeps_its_result_too(troubles: pd.DataFrame) -> None:
    result = json.loads((_folder(troubles, "nan loss") / "result.json").read_text())
    assert result["state"] == "FAIL"
    assert result["failure"] == troubles.loc["nan loss", "failure"]


def _folder(troubles: pd.DataFrame, fate: str) -> Path:
    return Path(str(troubles.loc[fate, "model_dir"])).parent
