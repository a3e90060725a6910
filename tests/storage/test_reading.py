"""Reading Optuna's tables without Optuna."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import optuna
import pytest
import sqlalchemy
from optuna.trial import TrialState, create_trial

from sweep.errors import StorageError
from sweep.results.trials import trials_of
from sweep.storage.database import open_for_reading
from sweep.storage.reading import (
    StudySummary,
    read_reports,
    read_trials,
    summarize_studies,
    summarize_study,
)

Direction = Literal["maximize", "minimize"]

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/studies.db"


def study_in(url: str, name: str, *directions: Direction) -> optuna.Study:
    return optuna.create_study(storage=url, study_name=name, directions=directions)


def summary_of(study: optuna.Study, url: str) -> StudySummary:
    return summarize_study(open_for_reading(url), study.study_name)


def test_studies_come_in_the_order_of_their_creation(url: str) -> None:
    for name in ("b", "a", "c"):
        study_in(url, name, "minimize")
    assert [summary.name for summary in summarize_studies(open_for_reading(url))] == ["b", "a", "c"]


def test_a_study_without_trials_has_a_summary(url: str) -> None:
    summary = summary_of(study_in(url, "empty", "minimize"), url)
    assert summary == StudySummary("empty", (), ("minimize",), {}, None, None)


def test_a_summary_counts_each_studys_own_trials_by_state(url: str) -> None:
    one, other = study_in(url, "one", "maximize"), study_in(url, "other", "minimize")
    for value in (1.0, 3.0, 2.0):
        one.tell(one.ask(), value)
        other.tell(other.ask(), -value)
    other.tell(other.ask(), state=TrialState.FAIL)
    pruned = one.ask()
    pruned.report(99.0, step=1)
    one.tell(pruned, state=TrialState.PRUNED)
    one.ask()
    one.enqueue_trial({"x": 1})
    assert summary_of(one, url).states == {
        "COMPLETE": 3,
        "PRUNED": 1,
        "RUNNING": 1,
        "WAITING": 1,
    }
    assert summary_of(other, url).states == {"COMPLETE": 3, "FAIL": 1}
    assert summary_of(one, url).best_value == one.best_value == 3.0
    assert summary_of(other, url).best_value == other.best_value == -3.0


def test_several_objectives_have_names_and_directions_but_no_best_value(url: str) -> None:
    study = study_in(url, "study", "maximize", "minimize")
    study.set_metric_names(["accuracy", "size"])
    study.tell(study.ask(), [0.5, 3.0])
    summary = summary_of(study, url)
    assert summary.metrics == ("accuracy", "size")
    assert summary.directions == ("maximize", "minimize")
    assert summary.best_value is None


@pytest.mark.parametrize(("direction", "best"), [("maximize", math.inf), ("minimize", -math.inf)])
def test_an_infinite_value_can_be_the_best(url: str, direction: Direction, best: float) -> None:
    study = study_in(url, "study", direction)
    for value in (1.0, best):
        study.tell(study.ask(), value)
    assert study.best_value == best
    assert summary_of(study, url).best_value == best


def test_the_last_change_is_when_a_trial_last_began_or_ended(url: str) -> None:
    study = study_in(url, "study", "minimize")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def add(state: TrialState, start: datetime, complete: datetime | None) -> None:
        trial = create_trial(state=state, value=0.0 if complete else None)
        trial.datetime_start = start.astimezone().replace(tzinfo=None)
        trial.datetime_complete = complete and complete.astimezone().replace(tzinfo=None)
        study.add_trial(trial)

    add(TrialState.COMPLETE, noon, noon + timedelta(hours=2))
    assert summary_of(study, url).last_change == noon + timedelta(hours=2)
    add(TrialState.RUNNING, noon + timedelta(hours=1), None)
    assert summary_of(study, url).last_change == noon + timedelta(hours=2)
    add(TrialState.RUNNING, noon + timedelta(hours=3), None)
    assert summary_of(study, url).last_change == noon + timedelta(hours=3)


def test_the_rows_of_a_study_are_its_own(url: str) -> None:
    for name in ("one", "other"):
        study = study_in(url, name, "minimize")
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        trial.set_user_attr("of", name)
        study.tell(trial, 1.0)
    rows = read_trials(open_for_reading(url), "other")
    assert [len(part) for part in (rows.trials, rows.values, rows.params, rows.user_attrs)] == [
        1,
        1,
        1,
        1,
    ]
    assert rows.user_attrs == [("of", "[0]", '["other"]')]


def test_some_trials_and_some_of_their_attributes_can_be_read_alone(url: str) -> None:
    study = study_in(url, "study", "minimize")
    for number in range(3):
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        for key in ("it's", "other"):
            trial.set_user_attr(key, number)
        study.tell(trial, 1.0)
    rows = read_trials(open_for_reading(url), "study", numbers=[2, 0], attrs=["it's"])
    assert rows.user_attrs == [("it's", "[0,2]", "[0,2]")]
    for part in (rows.trials, rows.values, rows.params):
        assert [row[0] for row in part] == [0, 2]
    assert read_trials(open_for_reading(url), "study", attrs=[]).user_attrs == []


def test_a_server_database_is_read_alike(url: str, postgres_url: str) -> None:
    for database in (url, postgres_url):
        study = study_in(database, "study", "minimize")
        for number in range(3):
            trial = study.ask({"x": optuna.distributions.FloatDistribution(0.1 + 0.2, 0.1 + 0.2)})
            for key in ("later", "earlier")[number % 2 :]:
                trial.set_user_attr(key, {"of": [number, 'it\'s, \\ "quoted"\n', None]})
            study.tell(trial, number / 3)
    one, other = (
        trials_of(summary_of(study, database), read_trials(open_for_reading(database), "study"))
        for database in (url, postgres_url)
    )
    assert list(one.columns) == list(other.columns)
    assert one.columns["later"][2] == {"of": [2, 'it\'s, \\ "quoted"\n', None]}
    for name in ("number", "state", "value", "params_x", "later", "earlier"):
        assert one.columns[name] == other.columns[name]


def test_a_trial_that_is_being_added_is_passed_over(url: str) -> None:
    study = study_in(url, "study", "minimize")
    for _ in range(2):
        trial = study.ask()
        trial.report(0.5, step=1)
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE trials SET number = NULL WHERE number = 1"))
    assert [row[0] for row in read_trials(engine, "study").trials] == [0]
    assert [row[0] for row in read_reports(engine, "study")] == [0]


def test_an_unknown_study_is_refused_with_those_that_there_are(url: str, tmp_path: Path) -> None:
    study_in(url, "one", "minimize")
    study_in(url, "Digits", "minimize")
    there = f"in {tmp_path}/studies.db. It has one, Digits"
    for read in (summarize_study, read_trials, read_reports):
        for name, end in (("third", "."), ("digit", ": did you mean Digits?")):
            with pytest.raises(StorageError) as raised:
                read(open_for_reading(url), name)
            assert str(raised.value) == f"There is no study {name!r} {there}{end}"


def test_an_unknown_study_of_an_empty_database_is_refused(url: str, tmp_path: Path) -> None:
    optuna.storages.RDBStorage(url)
    with pytest.raises(StorageError) as raised:
        summarize_study(open_for_reading(url), "study")
    assert str(raised.value) == (
        f"There is no study 'study' in {tmp_path}/studies.db. It has none."
    )
