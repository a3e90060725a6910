"""`sweep export` as a person meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.running import run_sweep

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def test_the_best_trial_is_exported_with_a_card(digits_mlp: Path, tmp_path: Path) -> None:
    ended = run_sweep("export", "digits_mlp", tmp_path / "model", "--results", digits_mlp)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(
        r"Trial \d of digits_mlp, measured again: accuracy 0\.\d+\n"
        rf"SavedModel in {tmp_path}/model\n"
        r"  serving_default  image float32\[None, 64\] -> class int64\[None\], "
        r"probabilities float32\[None, 10\]\n",
        ended.stdout,
    )
    card = json.loads((tmp_path / "model" / "model_card.json").read_text())
    folder = digits_mlp / "digits_mlp" / f"trial-{card['trial']:04d}"
    recorded = json.loads((folder / "params.json").read_text())
    assert card["params"] == recorded["params"]
    assert card["seed"] == recorded["seed"]
    assert card["study_file_sha256"] == recorded["study_file_sha256"]
    assert card["metrics"] == json.loads((folder / "result.json").read_text())["metrics"]
    assert "| image | float32 | batch x 64 |" in (tmp_path / "model" / "MODEL_CARD.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
