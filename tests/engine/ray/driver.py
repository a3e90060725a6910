"""A sweep of the stand-in on a cluster: `driver STUDY_FILE RESULTS ADDRESS N_TRIALS`.

It prints a line an event as `tests.standin` does, and ends with the exit codes of `sweep run`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import optuna

from sweep.errors import SweepError
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.study.loader import load_study_file
from tests.standin import print_event, stand_in


def main(study: str, results: str, address: str, n_trials: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    timeout = os.environ.get("TRIAL_TIMEOUT")
    cpus = os.environ.get("CPUS_PER_TRIAL")
    try:
        options = Options(
            engine="ray",
            address=address,
            n_trials=int(n_trials),
            name="study",
            results=results,
            trial_timeout=float(timeout) if timeout else None,
            cpus_per_trial=float(cpus) if cpus else None,
        )
        sweep_study(load_study_file(Path(study)), options.anchored(), print_event, stand_in)
    except SweepError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
