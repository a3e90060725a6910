"""The notebook in docs/ runs as it stands there, and shows a sweep as pages do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import ROOT

NOTEBOOK = ROOT / "docs/notebook.ipynb"


def shown(notebook: Any) -> list[dict[str, str]]:
    """What the cells show, each by its type."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "error"] == []
    return [dict(output.data) for output in outputs if "data" in output]


@pytest.fixture(scope="module")
def stored() -> Any:
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(stored: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook, run by a kernel of its own in an empty folder."""
    nbclient = pytest.importorskip("nbclient")
    folder, copy = tmp_path_factory.mktemp("notebook"), stored.copy()
    place = {"metadata": {"path": str(folder)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        nbclient.NotebookClient(copy, timeout=150, resources=place).execute()
    return copy


@pytest.mark.slow
def test_its_sweep_ends_with_a_full_bar(executed: Any) -> None:
    view = shown(executed)[0]
    title, best = view["text/plain"].splitlines()
    assert title.startswith("12 of 12 trials · best average_loss ")
    assert best.startswith("trial ")
    assert "width:100.0%" in view["text/html"]


@pytest.mark.slow
def test_what_trials_log_stays_in_their_logs(executed: Any) -> None:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert "\x1b" not in str(outputs)
    assert "INFO:tensorflow" not in str(outputs)


def kinds(notebook: Any) -> list[list[str]]:
    return [sorted(data) for data in shown(notebook)]


@pytest.mark.slow
def test_what_is_stored_was_shown_by_such_a_run(stored: Any, executed: Any) -> None:
    assert kinds(stored) == kinds(executed)
    assert [sorted(data) for data in shown(executed)].count(["image/png", "text/plain"]) == 3
