"""The commands on results on an S3 server, as another machine types them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.folder.layout import StudyFolder
from sweep.folder.remote import Remote
from sweep.storage.copies import anchored_results
from sweep.storage.url import storage_url
from tests.running import run_sweep
from tests.stores import new_store, reach

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    pytest.importorskip("moto")
    store = new_store("s3", request.getfixturevalue("s3"), tmp_path)
    reach(store, tmp_path / "scratch", monkeypatch)
    return store.url


def typed(*arguments: str | Path) -> str:
    ended = run_sweep(*arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.tensorflow
def test_what_one_machine_has_trained_another_reads_exports_and_trains_further(
    url: str, tmp_path: Path
) -> None:
    there = ("--results", url)
    output = typed("run", "digits_mlp", "--trials", "2", "--seed", "7", "--jobs", "2", *there)
    assert f"sweep show digits_mlp --results {url}" in output
    new_machine = _forgetting(tmp_path / "scratch")

    new_machine()
    best = json.loads(typed("best", "digits_mlp", "--json", *there))[0]
    assert best["model_dir"] == f"{url}/digits_mlp/trial-{best['number']:04d}/model"
    exported = typed("export", "digits_mlp", tmp_path / "exported", *there)
    assert f"Trial {best['number']} of digits_mlp, measured again" in exported
    fetched = list(anchored_results(url).glob("digits_mlp/**/*.index"))
    assert [file.name for file in fetched] == ["model.ckpt-500.index"]

    new_machine()
    results = anchored_results(url)
    study = StudyFolder(results, "digits_mlp")
    _lay_out(tmp_path / "view", results, study)
    runs = {file.parent.relative_to(tmp_path / "view") for file in (tmp_path / "view").rglob("*.*")}
    assert {Path("trial-0000"), Path("trial-0000/eval"), Path("trial-0001")} <= runs
    assert not list(results.glob("digits_mlp/**/*.index"))

    new_machine()
    typed("extend", "digits_mlp", "--top", "1", "--max-steps", "600", *there)
    new_machine()
    trials = json.loads(typed("show", "digits_mlp", "--json", *there))
    assert [trial["metrics_global_step"] for trial in trials] == [500, 500, 600]
    assert typed("clean", "digits_mlp", "--keep", "0", "--yes", *there).startswith("Freed ")
    left = Remote(url).sizes("digits_mlp")
    assert not [name for name in left if "ckpt" in name or name.endswith("/checkpoint")]


def _forgetting(scratch: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(scratch)


def _lay_out(view: Path, results: Path, study: StudyFolder) -> None:
    from sweep.viewers.tensorboard import bring_up_to_date

    bring_up_to_date(view, storage_url(results), study)


def test_a_missing_extra_is_told_with_what_installs_it(fresh_python: Callable[..., str]) -> None:
    said = fresh_python(
        "import sys; sys.modules['s3fs'] = None\n"
        "from sweep.errors import UsageError\n"
        "from sweep.storage.copies import anchored_results\n"
        "try:\n    anchored_results('s3://bucket/x')\n"
        "except UsageError as error:\n    print(error)\n"
    )
    assert said == "Install s3fs to access S3: run pip install 'estimator-sweep[remote]'.\n"
