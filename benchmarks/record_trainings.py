"""Trains configurations of a study in full, and records their learning curves in one file.

    python benchmarks/record_trainings.py [--study studies/digits_mlp.py] [--seeds 4] [--folder DIR]

The configurations are drawn at random from the study's search space, and each is trained with
several seeds. The trainings are kept in --folder, so that the same command continues after an
interruption. The file, results/benchmarks/trainings-STUDY.csv.gz, is written from them. A row is an
evaluation: the configuration and its params, the seed, the step, the metrics, and the CPU seconds
of steps and of evaluations up to then. A trial has one thread, so these are its seconds on an idle
machine, even if other processes compute at the same time. `recorded.py` reads the file, and
`schedulers.py` searches over it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import tensorflow as tf
from machine import RESULTS, describe
from optuna.distributions import distribution_to_json
from recorded import files_of

from sweep import StudySpec, TrialSpec, events
from sweep.errors import SweepError
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.study.loader import load_study_file
from sweep.trial.channel import Channel
from sweep.trial.execution import run_order
from sweep.trial.messages import Downward, Evaluated, Order, Upward
from sweep.trial.outcome import Outcome

ROOT = Path(__file__).parents[1]
SEED_OF_PARAMS = 0
Space = Callable[[optuna.Trial], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", type=Path, default=ROOT / "studies/digits_mlp.py")
    parser.add_argument("--configurations", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--every", type=int, default=25, help="steps between evaluations")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to keep trainings [default: a new one]")
    parser.add_argument("--mnist", type=Path, help="mnist.npz, if Keras's cache has none")
    parser.add_argument("--write-only", action="store_true", help="train nothing more")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="trainings-"))
    if arguments.mnist is not None:
        _supply_mnist(arguments.mnist.resolve(), folder)
    loaded = load_study_file(arguments.study.resolve())
    space = loaded.spec.search_space
    timed = replace(loaded, spec=replace(loaded.spec, build=partial(_build, loaded.spec.build)))
    for seed in range(arguments.seeds) if not arguments.write_only else ():
        options = Options(
            name=_name(seed),
            seed=seed,
            results=folder,
            n_trials=arguments.configurations,
            n_jobs=arguments.jobs,
            evaluate_every=arguments.every,
            enqueue=_configurations(space, arguments.configurations),
            keep=1,
        )
        try:
            sweep_study(timed, options.anchored(), _show, _timed_run)
        except SweepError as error:
            raise SystemExit(f"{error} (--folder {folder})") from None
    rows = pd.DataFrame(_rows(folder, arguments.seeds))
    file, about = files_of(arguments.study.stem)
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows.to_csv(file, index=False, float_format="%.6g")
    found = {"machine": describe(), "distributions": _distributions(space)}
    found["save_checkpoints_steps"] = loaded.spec.save_checkpoints_steps
    about.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    n_trainings = len(rows.groupby(["configuration", "seed"]))
    print(f"{file}: {n_trainings} trainings, {file.stat().st_size / 1e6:.1f} MB")


def _name(seed: int) -> str:
    return f"seed-{seed}"


def _supply_mnist(file: Path, folder: Path) -> None:
    """Puts the file where the study looks for Keras's copy."""
    home = folder / "home"
    datasets = home / ".keras/datasets"
    datasets.mkdir(parents=True, exist_ok=True)
    if not (datasets / "mnist.npz").exists():
        (datasets / "mnist.npz").symlink_to(file)
    os.environ["HOME"] = str(home)


def _configurations(space: Space, n: int) -> list[dict[str, Any]]:
    """The first `n` configurations of random sampling, the same for every seed."""
    return [trial.params for trial in _drawn(space, n)]


def _distributions(space: Space) -> dict[str, str]:
    """The distribution of each param, as Optuna writes it."""
    known = {name: d for trial in _drawn(space, 100) for name, d in trial.distributions.items()}
    return {name: distribution_to_json(distribution) for name, distribution in known.items()}


def _drawn(space: Space, n: int) -> list[optuna.Trial]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(SEED_OF_PARAMS))
    trials = [study.ask() for _ in range(n)]
    for trial in trials:
        space(trial)
    return trials


def _show(event: events.Event) -> None:
    if isinstance(event, events.TrialEnded):
        print(event.trial.number, event.trial.state.name, event.trial.value, flush=True)
    elif isinstance(event, events.Notice):
        print(event.text, flush=True)


class _Moments(tf.compat.v1.train.CheckpointSaverListener):
    """The CPU time of this process at its first step, and when its last checkpoint was due."""

    first_step = 0.0
    due = 0.0

    def before_save(self, session: Any, global_step_value: int) -> None:
        _Moments.due = time.process_time()


class _FirstStep(tf.compat.v1.train.SessionRunHook):
    def before_run(self, run_context: Any) -> None:
        _Moments.first_step = _Moments.first_step or time.process_time()


def _build(build: Callable[..., TrialSpec], params: dict[str, Any], config: Any) -> TrialSpec:
    """The study's own trial, with clocks among its hooks and listeners."""
    trial = build(params, config)
    train = trial.train_spec
    hooks, listeners = (*train.hooks, _FirstStep()), (*train.saving_listeners, _Moments())
    return trial._replace(train_spec=train._replace(hooks=hooks, saving_listeners=listeners))


class _TimedChannel:
    """A trial's channel that records the time of every evaluation."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._evaluating = 0.0
        self.spent: dict[int, tuple[float, float]] = {}
        """By step: the seconds of all steps up to then, and those of all evaluations."""

    def send(self, message: Upward, /) -> None:
        if isinstance(message, Evaluated):
            steps = _Moments.due - _Moments.first_step - self._evaluating
            self._evaluating += time.process_time() - _Moments.due
            self.spent[message.step] = (steps, self._evaluating)
        self._channel.send(message)

    def recv(self) -> Downward:
        return self._channel.recv()

    def poll(self) -> bool:
        return self._channel.poll()


def _timed_run(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Runs an order, and adds to its outcome where the CPU time went."""
    timed = _TimedChannel(channel)
    began = time.process_time()
    outcome = run_order(spec, order, folder, timed)
    evaluations = [
        {**evaluation, "step_seconds": spent[0], "evaluation_seconds": spent[1]}
        for evaluation in outcome.evaluations
        if (spent := timed.spent.get(evaluation["step"])) is not None
    ]
    seconds = {**outcome.seconds, "cpu": time.process_time() - began}
    return replace(outcome, evaluations=evaluations, seconds=seconds)


def _rows(folder: Path, n_seeds: int) -> Iterator[dict[str, Any]]:
    """Every evaluation of the complete trainings."""
    for seed in range(n_seeds):
        study = StudyFolder(folder, _name(seed))
        for number in study.trial_numbers():
            trial = study.trial(number)
            result, known = trial.read_result(), trial.read_params()
            if result is None or known is None or result["state"] != "COMPLETE":
                continue
            for evaluation in result["evaluations"]:
                values = {k: v for k, v in evaluation.items() if k != "global_step"}
                params = {f"params_{name}": value for name, value in known["suggested"].items()}
                yield {
                    "configuration": number,
                    "seed": seed,
                    **values,
                    "all_seconds": result["seconds"]["cpu"],
                    **params,
                }


if __name__ == "__main__":
    main()
