"""The process of a trial that was not forked.

python -m sweep.trial PIPE PARENT STUDY_FILE RESULTS SCRATCH
"""

import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from sweep.trial.execution import Folders
from sweep.trial.parent import adopt_orphans, die_with
from sweep.trial.process import main

pipe, parent, study_file, results, scratch = sys.argv[1:]
die_with(int(parent))
adopt_orphans()
main(Connection(int(pipe)), Path(study_file), Folders(Path(results), Path(scratch)))
os._exit(0)  # as a forked process ends: a session may still be closing
