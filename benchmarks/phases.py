"""Where the time of a trial goes, phase by phase, in a real sweep of the reference workload.

    python benchmarks/phases.py [--jobs N] [--trials N] [--study FILE] [--rungs N]

With --rungs, it measures the trials that continue another one's training from its checkpoint.
This program wraps the functions in which TensorFlow, Estimator and the trial's process do their
work, to add up the wall and CPU time that each phase takes by itself. Processes share the monotonic
clock, so the times between them are measured too: for a slot, from the end of a trial to the next
order, and for a fork, from the order to the process that works on it.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sweep import Rungs, StudySpec, attrs
from sweep.estimator import restore

restore()


from machine import describe, write_result  # noqa: E402

from sweep import events  # noqa: E402
from sweep.flow.launch import sweep_study  # noqa: E402
from sweep.flow.options import Options  # noqa: E402
from sweep.folder.layout import StudyFolder, TrialFolder  # noqa: E402
from sweep.study.loader import load_study_file  # noqa: E402
from sweep.trial import attempt  # noqa: E402
from sweep.trial.attempt import run_attempt  # noqa: E402
from sweep.trial.channel import Channel  # noqa: E402
from sweep.trial.messages import Order  # noqa: E402
from sweep.trial.outcome import Outcome  # noqa: E402

HERE = Path(__file__).parent
TIMES = "times.json"

_TRAINING = "tensorflow.python.training"
_ESTIMATOR = "tensorflow_estimator.python.estimator.estimator"
PHASES = {
    "build": ["sweep.trial.attempt:build"],
    "input_fn": [f"{_ESTIMATOR}:Estimator._get_features_and_labels_from_input_fn"],
    "model_fn": [f"{_ESTIMATOR}:Estimator._call_model_fn"],
    "savers and initializers": [f"{_TRAINING}.monitored_session:Scaffold.finalize"],
    "graph written": [
        f"{_TRAINING}.basic_session_run_hooks:CheckpointSaverHook.after_create_session"
    ],
    "sessions": [
        f"{_TRAINING}.monitored_session:ChiefSessionCreator.create_session",
        f"{_TRAINING}.monitored_session:_MonitoredSession._close_internal",
    ],
    "steps": [f"{_TRAINING}.monitored_session:_MonitoredSession.run"],
    "checkpoints": [f"{_TRAINING}.saver:Saver.save", f"{_TRAINING}.saver:Saver.restore"],
    "evaluation": [f"{_ESTIMATOR}:Estimator.evaluate"],
    "report": ["sweep.trial.reporter:Reporter.on_evaluation"],
}
"""The functions that start a phase; it lasts until they return, without phases within it."""
EVALUATION = "evaluation"


class Stopwatch:
    """Adds up the wall and CPU seconds of phases, each without the phases within it."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._phases: list[str] = []
        self._since = _now()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        inside = f"{name} of {EVALUATION}" if EVALUATION in self._phases else name
        self._settle()
        self._phases.append(inside)
        try:
            yield
        finally:
            self._settle()
            self._phases.pop()

    def _settle(self) -> None:
        now = _now()
        if self._phases:
            spent = self.seconds[self._phases[-1]]
            spent[:] = [total + b - a for total, a, b in zip(spent, self._since, now, strict=True)]
        self._since = now


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def run_timed(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Runs an attempt as a sweep does, and writes what it took into the trial's folder."""
    began = time.monotonic()
    watch = Stopwatch()
    for name, functions in PHASES.items():
        for function in functions:
            _wrap(watch, name, function)
    with watch.phase("the rest"):
        outcome = run_attempt(spec, order, folder, channel)
    content = {"began": began, "ended": time.monotonic(), "seconds": watch.seconds}
    (folder.folder / TIMES).write_text(json.dumps(content))
    return outcome


def _wrap(watch: Stopwatch, phase: str, function: str) -> None:
    module, _, path = function.partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, importlib.import_module(module))
    original = getattr(owner, name)

    @functools.wraps(original)
    def timed(*args: Any, **kwargs: Any) -> Any:
        with watch.phase(phase):
            return original(*args, **kwargs)

    setattr(owner, name, timed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--study", type=Path, default=HERE / "digits.py")
    parser.add_argument("--rungs", type=int)
    arguments = parser.parse_args()
    name, rungs = arguments.study.stem, arguments.rungs
    with tempfile.TemporaryDirectory() as results:
        options = Options(
            n_trials=arguments.trials,
            n_jobs=arguments.jobs,
            results=Path(results),
            seed=0,
            scheduler=None if rungs is None else Rungs(rungs),
        )
        trials = _measure(arguments.study, options)
    title = f"{name}, {arguments.trials} trials, {arguments.jobs} at a time"
    if rungs is not None:
        title += f", {rungs} rungs, of which {len(trials)} continue another one"
        name += "-legs"
    write_result(f"phases-{name}", f"{describe()}; {title}\n\n{_table(trials)}")


Phases = dict[str, list[float]]


def _measure(study: Path, options: Options) -> list[Phases]:
    """The wall and CPU seconds of each phase, for each trial except the first of a slot.

    With a scheduler, only for the trials that continue another one.
    """
    ordered: dict[int, float] = {}
    ended: dict[int, float] = {}
    continuing: set[int] = set()

    def listen(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted):
            ordered[event.number] = time.monotonic()
        elif isinstance(event, events.TrialEnded):
            ended[event.trial.number] = time.monotonic()
            if attrs.CONTINUES in event.trial.user_attrs:
                continuing.add(event.trial.number)

    loaded = load_study_file(study)
    folder = StudyFolder(Path(options.results), loaded.name)
    attempt.run_attempt = run_timed
    sweep_study(loaded, options, listen)
    trials = []
    first_of_slots = sorted(ordered)[: options.n_jobs]
    measured = continuing if options.scheduler else ordered.keys() - first_of_slots
    for number in sorted(measured):
        times = json.loads((folder.trial(number).folder / TIMES).read_text())
        freed = max(end for end in ended.values() if end < ordered[number])
        trials.append(
            {
                "slot idle, and asking": [ordered[number] - freed, 0.0],
                "fork": [times["began"] - ordered[number], 0.0],
                **times["seconds"],
                "end and tell": [ended[number] - times["ended"], 0.0],
            }
        )
    return trials


def _table(trials: list[Phases]) -> str:
    names = {name: None for trial in trials for name in trial}
    rows = [_row(name, [trial.get(name, [0.0, 0.0]) for trial in trials]) for name in names]
    total = [[sum(column) for column in zip(*trial.values(), strict=True)] for trial in trials]
    rows.append(_row("all of a trial", total))
    return "\n".join(["| phase | ms | CPU ms |", "| --- | --- | --- |", *rows]) + "\n"


def _row(name: str, seconds: list[list[float]]) -> str:
    wall, cpu = (statistics.median(column) * 1000 for column in zip(*seconds, strict=True))
    return f"| {name} | {wall:.0f} | {cpu:.0f} |"


if __name__ == "__main__":
    main()
