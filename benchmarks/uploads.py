"""How much is uploaded for each trial of a study with remote results; a folder is the storage.

    python benchmarks/uploads.py [STUDY]

It prints, for each of three trials, the number of uploads and of bytes, and what of them is there
in the end.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import sweep
from sweep.folder.push import Push
from sweep.folder.remote import Remote

N_TRIALS = 3


def main(study: str = "digits_mlp") -> None:
    uploads: dict[str, Push] = {}
    push = Push.push

    def counted(self: Push, *, has_ended: bool) -> None:
        push(self, has_ended=has_ended)
        uploads[self.name] = self

    Push.push = counted  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as place:
        os.environ["SWEEP_SCRATCH"] = str(Path(place, "scratch"))
        url = f"file://{place}/results"
        sweep.run(study, n_trials=N_TRIALS, n_jobs=1, seed=3, results=url)
        for name, trial in sorted(uploads.items()):
            there = Remote(url).sizes(name)
            print(
                f"{name}: {trial.n_files} uploads of {trial.n_bytes} bytes; "
                f"{len(there)} files of {sum(there.values())} bytes are there"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
