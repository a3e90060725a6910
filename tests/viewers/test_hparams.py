"""The event files of the HParams tab, read back as TensorBoard reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata

from sweep.errors import StorageError
from sweep.folder.layout import StudyFolder
from sweep.storage.url import storage_url
from sweep.viewers.hparams import write_hparams
from tests import standin

Sweep = Callable[..., Any]


def write(results: Path) -> StudyFolder:
    paths = StudyFolder(results, "study")
    write_hparams(storage_url(results), paths)
    return paths


def values(file: Path) -> dict[str, Any]:
    """The values of an event file by tag, those of the plugin as what they hold."""
    found: dict[str, Any] = {}
    for event in EventFileLoader(str(file)).Load():
        for value in event.summary.value:
            content = value.metadata.plugin_data.content
            if value.tag == metadata.EXPERIMENT_TAG:
                found[value.tag] = metadata.parse_experiment_plugin_data(content)
            elif value.tag == metadata.SESSION_START_INFO_TAG:
                found[value.tag] = metadata.parse_session_start_info_plugin_data(content)
            elif value.tag == metadata.SESSION_END_INFO_TAG:
                found[value.tag] = metadata.parse_session_end_info_plugin_data(content)
            else:
                found[value.tag] = value.tensor.float_val[0]
    return found


def test_each_finished_trial_has_its_params_and_final_metrics(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=2)
    paths = write(results)
    for trial in study.trials:
        row = values(paths.trial(trial.number).hparams)
        final = values(paths.trial(trial.number).final_metrics)
        params = row[metadata.SESSION_START_INFO_TAG].hparams
        assert params["rate"].number_value == trial.params["rate"]
        assert params["layers"].number_value == trial.params["layers"]
        assert params["kind"].string_value == trial.params["kind"]
        assert final == {
            "score": pytest.approx(trial.value),
            "cost": pytest.approx(trial.params["x"]),
        }


def test_the_study_has_the_params_in_their_kinds_and_its_metric_first(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=3)
    experiment = values(write(results).hparams)[metadata.EXPERIMENT_TAG]
    infos = {info.name: info for info in experiment.hparam_infos}
    assert list(infos) == ["x", "rate", "layers", "kind"]
    rates = [trial.params["rate"] for trial in study.trials]
    assert infos["rate"].domain_interval.min_value == min(rates)
    assert infos["rate"].domain_interval.max_value == max(rates)
    assert list(infos["kind"].domain_discrete) == ["relu", "tanh"]
    names = [(info.name.group, info.name.tag) for info in experiment.metric_infos]
    assert names == [("eval", "score"), ("eval", "cost")]


def test_params_of_every_kind_and_of_some_trials_only_are_shown(
    sweep: Sweep, results: Path
) -> None:
    def space(trial: optuna.Trial) -> dict[str, Any]:
        mixed = trial.suggest_categorical("mixed", [None, 1.5, "text"])
        if trial.number:
            trial.suggest_categorical("on", [True, False])
        return {"x": 0.5, "act": "train", "mixed": mixed}

    sweep(standin.study_of(search_space=space), n_trials=4)
    paths = write(results)
    experiment = values(paths.hparams)[metadata.EXPERIMENT_TAG]
    mixed, on = experiment.hparam_infos
    assert (mixed.name, list(mixed.domain_discrete)) == ("mixed", ["1.5", "None", "text"])
    assert (on.name, list(on.domain_discrete)) == ("on", [False, True])
    shown = [
        values(paths.trial(number).hparams)[metadata.SESSION_START_INFO_TAG].hparams["mixed"]
        for number in range(4)
    ]
    assert {param.string_value for param in shown} <= set(mixed.domain_discrete)
    assert "on" not in values(paths.trial(0).hparams)[metadata.SESSION_START_INFO_TAG].hparams
    assert "on" in values(paths.trial(1).hparams)[metadata.SESSION_START_INFO_TAG].hparams


def test_a_failed_trial_is_shown_as_such(sweep: Sweep, results: Path) -> None:
    sweep(standin.study_of("fail nan loss"), n_trials=1)
    ending = values(write(results).trial(0).hparams)[metadata.SESSION_END_INFO_TAG]
    assert ending.status == 2  # api_pb2's STATUS_FAILURE


def test_what_is_written_is_not_written_again_and_what_runs_not_yet(
    sweep: Sweep, results: Path
) -> None:
    study = sweep(n_trials=1)
    running = optuna.Study.ask(study)
    paths = StudyFolder(results, "study")
    paths.trial(running.number).folder.mkdir()
    before = write(results).trial(0).hparams.stat().st_mtime_ns
    assert not paths.trial(running.number).hparams.exists()
    optuna.Study.tell(study, running, 0.5)
    assert write(results).trial(0).hparams.stat().st_mtime_ns == before
    assert paths.trial(running.number).hparams.exists()


def test_a_trial_without_a_folder_is_passed_over(sweep: Sweep, results: Path) -> None:
    study = sweep(n_trials=1)
    study.add_trial(optuna.trial.create_trial(value=1.0))
    assert not write(results).trial(1).folder.exists()


def test_a_folder_that_is_elsewhere_is_one_sentence(
    sweep: Sweep, results: Path, tmp_path: Path
) -> None:
    sweep(n_trials=1)
    with pytest.raises(StorageError) as raised:
        write_hparams(storage_url(results), StudyFolder(tmp_path / "other", "study"))
    assert str(raised.value) == (
        f"The folder {tmp_path}/other/study cannot be written to: No such file or directory. "
        "Give the study's results folder with --results."
    )
