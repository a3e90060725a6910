"""A sweep as a notebook shows it; the notebook in docs/ is run by tests/test_notebook.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sweep.errors import UsageError
from sweep.viewers import notebook
from sweep.viewers.notebook import NotebookView
from tests.standin import study_of

Sweep = Callable[..., Any]


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> NotebookView:
    """A view whose updates IPython prints, for there is no page."""
    pytest.importorskip("IPython")
    monkeypatch.setattr(notebook, "_is_notebook", lambda: True)
    return NotebookView()


def test_it_is_refused_where_there_is_no_notebook() -> None:
    with pytest.raises(UsageError) as raised:
        NotebookView()
    assert str(raised.value) == (
        "NotebookView shows a sweep in a Jupyter notebook, and this process runs none: leave this "
        "listener out."
    )


def test_it_shows_how_the_sweep_stands_and_the_best_trial(
    sweep: Sweep, view: NotebookView, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(study_of(), n_trials=2, listener=view)
    stands, best, *_ = repr(view).splitlines()
    assert stands.startswith("2 of 2 trials · best ")
    assert best.startswith("trial ")
    assert "width:100.0%" in view._repr_html_()
    printed = capsys.readouterr().out
    assert printed.startswith("0 of 2 trials\n")
    assert printed.endswith(f"{view!r}\n")


def test_the_last_failure_is_shown_as_text(
    sweep: Sweep, view: NotebookView, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(study_of("fail <b>bold</b>"), n_trials=1, listener=view)
    assert "FAIL  exception: <b>bold</b>" in repr(view)
    assert "FAIL  exception: &lt;b&gt;bold&lt;/b&gt;" in view._repr_html_()


def test_an_error_that_can_be_fixed_is_shown_without_a_traceback() -> None:
    assert UsageError("Leave it out.")._render_traceback_() == ["UsageError: Leave it out."]
