"""`sweep note`, and what optuna-dashboard shows of it."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner

from sweep.cli import main
from sweep.folder.mirror import make_mirror
from sweep.storage.copies import DatabaseCopies
from sweep.storage.url import storage_url
from tests.cli.commands import Command, create, printed

optuna_dashboard = pytest.importorskip("optuna_dashboard")
LONG = "a *note* of several parts, äöü\n" * 200


def of_trial(study: optuna.Study, number: int) -> str:
    """The trial's note as optuna-dashboard reads it."""
    from optuna_dashboard._note import get_note_from_system_attrs

    attrs = study._storage.get_study_system_attrs(study._study_id)
    note: str = get_note_from_system_attrs(attrs, study.trials[number]._trial_id)["body"]
    return note


def test_a_note_on_a_study_is_the_one_that_the_dashboard_shows(
    run_command: Command, digits: optuna.Study, tmp_path: Path
) -> None:
    there_is_none = run_command("note", "digits")
    assert (there_is_none.stdout, there_is_none.stderr) == ("", "There is no note on digits.\n")
    assert printed(run_command("note", "digits", "first")) == "Wrote the note on digits.\n"
    assert printed(run_command("note", "digits", LONG)) == "Wrote the note on digits.\n"
    study = optuna.load_study(study_name="digits", storage=storage_url(tmp_path))
    assert optuna_dashboard.get_note(study) == LONG
    optuna_dashboard.save_note(study, "from the dashboard")
    assert printed(run_command("note", "digits")) == "from the dashboard\n"
    added = printed(run_command("note", "digits", "--add", "and more"))
    assert added == "Added to the note on digits.\n"
    assert printed(run_command("note", "digits")) == "from the dashboard\n\nand more\n"
    assert printed(run_command("note", "digits", "")) == "Removed the note on digits.\n"
    assert run_command("note", "digits").stdout == ""


def test_a_note_on_remote_results_is_there_for_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"file://{tmp_path}/store"

    def on(machine: str, *arguments: str) -> str:
        monkeypatch.setenv("SWEEP_SCRATCH", str(tmp_path / machine))
        ended = CliRunner().invoke(main, ["note", "digits", *arguments, "--results", url])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    monkeypatch.setenv("SWEEP_SCRATCH", str(tmp_path / "first"))
    mirror = make_mirror(url)
    create(mirror.folder, "digits")
    DatabaseCopies(mirror, mirror.folder / "studies.db").upload()
    on("first", "of the first machine")
    assert on("second") == "of the first machine\n"
    on("second", "--add", "and of the second")
    assert on("first") == "of the first machine\n\nand of the second\n"


def test_a_note_on_a_trial_is_its_own(run_command: Command, digits: optuna.Study) -> None:
    before = digits.trials
    said = printed(run_command("note", "digits", "--trial", "1", "the best"))
    assert said == "Wrote the note on trial 1 of digits.\n"
    assert (of_trial(digits, 1), of_trial(digits, 0)) == ("the best", "")
    assert printed(run_command("note", "digits", "--trial", "1")) == "the best\n"
    assert run_command("note", "digits").stdout == ""
    assert digits.trials == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--add"], "--add needs a TEXT to add, as in `sweep note STUDY --add TEXT`."),
        (["--trial", "9", "x"], "Study 'digits' has no trial 9: its trials are 0 to 3."),
    ],
)
def test_what_cannot_be_noted_is_one_sentence(
    run_command: Command, digits: optuna.Study, arguments: list[str], sentence: str
) -> None:
    result = run_command("note", "digits", *arguments)
    assert (result.exit_code, result.stderr) == (2, f"sweep: {sentence}\n")
