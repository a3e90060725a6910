"""Names that become folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.errors import UsageError
from sweep.folder.layout import StudyFolder


@pytest.mark.parametrize("name", ["a", "a.b-c_9", "x" * 80, "-", "a..b"])
def test_a_study_has_the_folder_of_its_name(tmp_path: Path, name: str) -> None:
    assert StudyFolder(tmp_path, name).folder == tmp_path / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../a", "a/../b", "a/b", "/a", "x" * 81, "a b", "é", "a\n"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as raised:
        StudyFolder(tmp_path, name)
    assert str(raised.value) == (
        f"A study's name becomes a folder: {name!r} must be 1 to 80 characters of A-Z, a-z, "
        "0-9, '.', '_' and '-', and must not start with '.'."
    )
