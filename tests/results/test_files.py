"""Tables written to files, read back as other programs read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import optuna
import pandas as pd
import pyarrow.parquet
import pytest

from sweep.errors import UsageError
from sweep.results.files import write_table
from sweep.results.tables import trials_table
from sweep.results.trials import Trials, trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import read_trials, summarize_study
from sweep.storage.url import storage_url


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    study = optuna.create_study(storage=storage_url(tmp_path), study_name="study")
    for kind, mixed in (("relu", None), ("tanh", 1.5), ("relu", "none")):
        trial = study.ask()
        trial.set_user_attr("sizes", [1, {"a": None}])
        study.enqueue_trial({"kind": kind, "mixed": mixed})
        trial = study.ask()
        trial.suggest_float("rate", 0, 1)
        trial.suggest_categorical("kind", ["relu", "tanh"])
        trial.suggest_categorical("mixed", [None, 1.5, "none"])
        study.tell(trial, float("inf") if kind == "tanh" else 0.1 + 0.2)
    engine = open_for_reading(storage_url(tmp_path))
    return trials_of(summarize_study(engine, "study"), read_trials(engine, "study"))


@pytest.fixture
def table(trials: Trials) -> pd.DataFrame:
    return trials_table(trials)


def test_csv_has_every_column_and_digit(
    trials: Trials, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_table(trials, tmp_path / "table.csv")
    read = pd.read_csv(tmp_path / "table.csv", float_precision="round_trip")
    assert list(read) == list(table)
    assert read["value"].dropna().tolist() == table["value"].dropna().tolist()
    assert read["params_rate"].dropna().tolist() == table["params_rate"].dropna().tolist()
    assert read["duration"][1] == table["duration"][1].total_seconds()


def test_csv_is_what_pandas_reads_back_as_its_own(
    trials: Trials, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_table(trials, tmp_path / "ours.csv")
    seconds = table["duration"].dt.total_seconds()
    table.assign(duration=seconds).to_csv(tmp_path / "theirs.csv", index=False)
    ours, theirs = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("ours", "theirs"))
    pd.testing.assert_frame_equal(ours, theirs)
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def test_json_has_every_column_and_null_for_what_is_missing(
    trials: Trials, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_table(trials, tmp_path / "table.json")
    first, second, *_ = json.loads((tmp_path / "table.json").read_text())
    assert list(first) == list(table)
    assert (first["params_rate"], first["sizes"]) == (None, [1, {"a": None}])
    assert second["params_rate"] == table["params_rate"][1]


def test_parquet_keeps_types_and_has_text_where_they_are_mixed(
    trials: Trials, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_table(trials, tmp_path / "table.parquet")
    # Without pyarrow's threads, which would stay and make the tests that fork wait.
    with (tmp_path / "table.parquet").open("rb") as file:
        content = pyarrow.parquet.ParquetFile(file, pre_buffer=False).read(use_threads=False)
    read = content.to_pandas(use_threads=False)
    assert list(read) == list(table)
    for name in ("state", "datetime_start", "value", "params_rate", "params_kind"):
        pd.testing.assert_series_equal(read[name], table[name])
    assert read["params_mixed"][3] == "1.5"
    assert read["sizes"][0] == '[1, {"a": null}]'


def test_another_ending_is_refused(trials: Trials, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        write_table(trials, tmp_path / "table.xlsx")
    assert str(raised.value) == (f"{tmp_path}/table.xlsx must end in one of .csv, .json, .parquet.")


def test_a_file_that_cannot_be_written_is_refused(trials: Trials, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        write_table(trials, tmp_path / "missing" / "table.json")
    assert str(raised.value) == (
        f"{tmp_path}/missing/table.json cannot be written: No such file or directory."
    )


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
sys.modules["pyarrow"] = None
from sweep.results.files import write_table
from sweep.results.trials import Trials
write_table(Trials([], {{}}, [], {{}}), Path({str(tmp_path)!r}, "t.parquet"))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1] == (
        "sweep.errors.UsageError: Parquet needs the package pyarrow, which cannot be imported "
        "(import of pyarrow halted; None in sys.modules): run `pip install pyarrow`, or write .csv "
        "or .json."
    )
