"""The metrics of a program, from each of their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from sweep.trial.program_metrics import Evaluations, HypertuneFile, SummaryTags


def test_a_metric_is_that_of_the_last_evaluation_that_has_it() -> None:
    evaluations = Evaluations(["accuracy"])
    assert evaluations.add({"loss": 9.0, "accuracy": 0.1})
    assert not evaluations.add({"loss": 1.0, "auc": 0.5})
    assert evaluations.metrics == {"loss": 9.0, "accuracy": 0.1}
    assert evaluations.add({"loss": 8.0, "accuracy": 0.2})
    assert evaluations.metrics == {"loss": 8.0, "accuracy": 0.2}


def test_a_metric_with_a_name_before_it_is_that_of_the_evaluation_called_so() -> None:
    evaluations = Evaluations(["val/accuracy"])
    assert not evaluations.add({"accuracy": 0.9}, "train")
    assert evaluations.add({"accuracy": 0.8}, "val")
    assert not evaluations.add({"accuracy": 0.95}, "train")
    assert evaluations.metrics == {"accuracy": 0.8, "train/accuracy": 0.95, "val/accuracy": 0.8}
    assert evaluations.lacks == frozenset()


def test_what_there_is_is_known_where_no_evaluation_has_the_metric() -> None:
    evaluations = Evaluations(["auc"])
    assert not evaluations.add({"loss": 1.0})
    assert not evaluations.add({"loss": 2.0})
    assert (evaluations.metrics, evaluations.lacks) == ({"loss": 2.0}, frozenset({"auc"}))


def test_hypertunes_metrics_are_read_once_though_its_file_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = HypertuneFile(tmp_path / "hypertune.json")
    monkeypatch.setenv(HypertuneFile.VARIABLE, str(file.file))
    assert list(file.news()) == []
    tune = pytest.importorskip("hypertune").HyperTune()
    for step in range(150):  # of which the file keeps the last hundred
        tune.report_hyperparameter_tuning_metric("accuracy", step / 200, global_step=step)
        if step % 50 == 0:
            assert list(file.news())[-1] == (step, {"accuracy": step / 200, "global_step": step})
    assert [said.step for said in file.news()] == list(range(101, 150))
    assert list(file.news()) == []


def test_another_attempts_metrics_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "hypertune.json"
    file.write_text("old")
    assert list(HypertuneFile(file).news()) == []


def written(writer: EventFileWriter, step: int, tag: str, **value: Any) -> None:
    writer.add_event(Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, **value)])))
    writer.flush()


def test_a_summarys_newest_value_is_found_in_any_folder_and_told_once(tmp_path: Path) -> None:
    train, evaluation = (EventFileWriter(str(tmp_path / name)) for name in ("", "eval"))
    tags = SummaryTags(tmp_path)
    written(train, 10, "top_5", simple_value=0.25)
    written(evaluation, 20, "top_5", tensor=make_tensor_proto(np.float32(0.5)))
    written(evaluation, 30, "other", simple_value=1.0)
    wanted = frozenset({"top_5"})
    assert list(tags.news(wanted)) == [(20, {"top_5": 0.5, "global_step": 20})]
    assert list(tags.news(wanted)) == []
    written(train, 40, "top_5", simple_value=0.75)
    assert list(tags.news(wanted)) == [(40, {"top_5": 0.75, "global_step": 40})]
    train.close()
    evaluation.close()


def test_a_line_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    file = HypertuneFile(tmp_path / "hypertune.json")
    file.file.write_text('{"accuracy": "0.5", "global_step": "3"')
    assert list(file.news()) == []
    file.file.write_text('{"accuracy": "0.5", "global_step": "3"}')
    assert list(file.news()) == [(3, {"accuracy": 0.5, "global_step": 3})]
