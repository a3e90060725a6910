"""What a trial's process prints goes to its log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.running import ROOT

AS_IN_A_NOTEBOOK = """
import io, logging, sys
from pathlib import Path
from sweep.trial.surroundings import print_to
page = sys.stdout = io.StringIO()
logging.basicConfig(stream=page, format="%(message)s")
logging.getLogger("mine").addHandler(logging.StreamHandler(page))
print_to(Path(sys.argv[1]))
logging.warning("to the root")
logging.getLogger("mine").warning("of a library")
assert page.getvalue() == ""
"""


def test_loggers_of_a_notebook_write_to_the_log_too(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    subprocess.run([sys.executable, "-c", AS_IN_A_NOTEBOOK, log], cwd=ROOT, check=True, timeout=60)
    assert log.read_text().splitlines() == ["to the root", *2 * ["of a library"]]
