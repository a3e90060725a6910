"""A stand-in for Estimator: a study, and what a trial's process does with it, without TensorFlow.

It speaks the same messages as a real attempt and keeps a checkpoint. What a trial does beyond
training is its `act`, which `study_of` puts into its params:

    train           train to the end
    fail TEXT       end as FAIL with this failure
    raise           raise an error that nothing catches
    die SIGNAL      die by the signal of this name
    die SIGNAL N    the same, but at the first N attempts only
    exit CODE       end the process with this code
    grandchild      start a process that outlives the trial unless it is ended
    leave HOW       start a process that leaves its group by HOW: setsid, setpgid, daemon or fork;
                    `leave HOW ignore` ignores then
    pause           train to the end, but slowly
    wait            at the first attempt, wait after the first evaluation until told to stop
    ignore          wait like that, but obey no stop; `grandchild ignore` does both
    stubborn        ignore, and SIGTERM too
    hoard MIB       at the first attempt, use that much memory and wait
    share MIB       the same, but a process that the trial starts uses it
    stray N         train, but the search space of trial N and of those after it has no end
    mark time       say again and again, for ever, that the step reached is reached

As a program, `python -m tests.standin RESULTS N_TRIALS ACT [STORAGE] [SCHEDULER] [STALL]`, it
sweeps two trials at a time as `sweep run` does, prints a line an event and ends with the same exit
codes.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import optuna

from sweep import events
from sweep.errors import SweepError
from sweep.estimator.trial_spec import TrialSpec
from sweep.flow.launch import sweep_study
from sweep.flow.options import Options
from sweep.folder.atomic import write_json
from sweep.folder.layout import TrialFolder
from sweep.schedule.confirmation import Confirmation
from sweep.schedule.population import Population
from sweep.schedule.rungs import Rungs
from sweep.storage.study import AskedStudy
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.trial.channel import Channel
from sweep.trial.messages import (
    Answer,
    Evaluated,
    Order,
    Progressed,
    Started,
    Stop,
)
from sweep.trial.outcome import AttemptState, Cause, Failure, Outcome

MAX_STEPS = 30
STEPS_TO_EVALUATION = 10
FOREVER = 1000.0
PAUSE = 0.4


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "x": trial.suggest_float("x", 0, 1),
        "rate": trial.suggest_float("rate", 1e-4, 1e-1, log=True),
        "layers": trial.suggest_int("layers", 1, 4),
        "kind": trial.suggest_categorical("kind", ["relu", "tanh"]),
    }


def never_built(params: dict[str, Any], config: Any) -> TrialSpec:
    raise AssertionError("the stand-in builds no Estimator")


def study_of(act: str | Callable[[int], str] = "train", **fields: Any) -> StudySpec:
    """A study whose trials do `act`, or what `act` answers for a trial's number."""

    def space(trial: optuna.Trial) -> dict[str, Any]:
        what = act if isinstance(act, str) else act(trial.number)
        if what.startswith("stray") and trial.number >= int(what.removeprefix("stray ")):
            _sleep_whatever_happens(FOREVER)
        return search_space(trial) | {"act": what}

    declared: dict[str, Any] = {
        "search_space": space,
        "metric": "score",
        "direction": "maximize",
        **fields,
    }
    return StudySpec(**{"build": never_built, **declared})


def _sleep_whatever_happens(seconds: float) -> None:
    """Passes over all that Python calls an error, as retries in a study's code may."""
    print("notice the search space has no end", flush=True)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Exception):
            time.sleep(until - time.monotonic())


def sweep(
    spec: StudySpec,
    results: str | Path,
    listener: events.Listener = lambda event: None,
    **options: Any,
) -> AskedStudy:
    """Sweeps the study with the stand-in; the options are those of `sweep.flow.options.Options`."""
    name = options.pop("loaded_name", "study")
    file = options.pop("file", None)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest() if file else None
    loaded = LoadedStudy(spec, name, file, sha256)
    settings = Options(results=results, **options).anchored()
    return sweep_study(loaded, settings, listener, stand_in)


def value_of(params: Mapping[str, Any], step: int = MAX_STEPS) -> float:
    """The score that the stand-in measures at a step; the best is 1, at x=0.5."""
    return float((1 - (params["x"] - 0.5) ** 2) * step / MAX_STEPS)


def metrics_of(params: Mapping[str, Any], step: int, seed: int = 0) -> dict[str, Any]:
    """What an evaluation of the stand-in at a step tells; a param `noise` is a seed's spread."""
    luck = random.Random(seed).gauss(0, params["noise"]) if "noise" in params else 0.0
    return {"score": value_of(params, step) + luck, "cost": params["x"], "global_step": step}


def stand_in(spec: StudySpec, order: Order, folder: TrialFolder, channel: Channel) -> Outcome:
    """Takes the place of `sweep.trial.execution.run_order`."""
    every = order.evaluate_every or STEPS_TO_EVALUATION
    if order.check_only:
        channel.send(Started(MAX_STEPS, save_checkpoints_steps=every))
        return Outcome(AttemptState.COMPLETE)
    act, _, argument = order.params["act"].partition(" ")
    checkpoint = folder.model_dir / "checkpoint"
    checkpoint.parent.mkdir(exist_ok=True)
    if order.leg.continues is not None and not checkpoint.exists():
        os.link(folder.beside(order.leg.continues).model_dir / "checkpoint", checkpoint)
    begin = int(checkpoint.read_text()) if checkpoint.exists() else 0
    whole = order.leg.max_steps or MAX_STEPS
    end = round(whole * order.leg.share)
    print(f"attempt {order.attempt} trains from step {begin}")
    channel.send(Started(end))
    evaluations: list[dict[str, Any]] = []
    stopping = False
    for step in dict.fromkeys([*range((begin // every + 1) * every, end, every), end]):
        try:
            write_json(checkpoint, step)
        except OSError as error:
            failure = Failure(Cause.DISK_FULL, str(error))
            return Outcome(AttemptState.FAIL, failure=failure, evaluations=evaluations)
        metrics = metrics_of(order.params, step, order.seed)
        evaluations.append({"step": step, **metrics})
        channel.send(Progressed(step))
        channel.send(Evaluated(step, metrics))
        while not isinstance(answer := channel.recv(), Answer):
            stopping = True
        if answer.prune:
            return Outcome(AttemptState.PRUNED, metrics, evaluations=evaluations)
        stopping = _do(act, argument, order, folder, channel) or stopping
        if stopping and step < end:
            return Outcome(AttemptState.WAITING, metrics, evaluations=evaluations)
    if act == "fail":
        return Outcome(AttemptState.FAIL, metrics, Failure.from_text(argument), evaluations)
    state = AttemptState.COMPLETE if end == whole else AttemptState.PAUSED
    return Outcome(state, metrics, None, evaluations, {"build": 0.25, "train": 1.5})


def _do(act: str, argument: str, order: Order, folder: TrialFolder, channel: Channel) -> bool:
    """Does what the trial is to do after an evaluation; returns whether it is to stop."""
    match act:
        case "raise":
            raise RuntimeError("the stand-in was told to raise")
        case "die":
            name, _, times = argument.partition(" ")
            if not times or order.attempt <= int(times):
                os.kill(os.getpid(), signal.Signals[name])
        case "exit":
            os._exit(int(argument))
        case "grandchild":
            child = subprocess.Popen(["sleep", str(FOREVER)])
            (folder.folder / "grandchild").write_text(str(child.pid))
            return argument == "ignore" and _do("ignore", "", order, folder, channel)
        case "leave":
            how, _, then = argument.partition(" ")
            if order.attempt == 1 and not (folder.folder / "left").exists():
                (folder.folder / "left").write_text(str(_leave(how)))
            return then == "ignore" and _do("ignore", "", order, folder, channel)
        case "pause":
            time.sleep(PAUSE)
        case "wait" if order.attempt == 1:
            return isinstance(channel.recv(), Stop)
        case "ignore" if order.attempt == 1:
            time.sleep(FOREVER)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(FOREVER)
        case "hoard" if order.attempt == 1:
            memory = b"x" * (int(argument) * 2**20)
            time.sleep(FOREVER + len(memory))
        case "share" if order.attempt == 1:
            hoard = f"hoard = b'x' * ({argument} * 2**20); import time; time.sleep({FOREVER})"
            subprocess.run([sys.executable, "-c", hoard], check=False)
        case "mark" if order.attempt == 1:
            while True:
                channel.send(Progressed(STEPS_TO_EVALUATION))
                time.sleep(0.1)
    return channel.poll() and isinstance(channel.recv(), Stop)


def _leave(how: str) -> int:
    """Starts a process that is in no group of this one's; returns its process id."""
    match how:
        case "setsid":
            return subprocess.Popen(["sleep", str(FOREVER)], start_new_session=True).pid
        case "setpgid":
            return subprocess.Popen(["sleep", str(FOREVER)], process_group=0).pid
        case "daemon":
            begin = f"setsid sleep {FOREVER} > /dev/null & echo $!"
            return int(subprocess.run(["sh", "-c", begin], stdout=subprocess.PIPE).stdout)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        time.sleep(FOREVER)
        os._exit(0)
    return pid


def print_event(event: events.Event) -> None:
    match event:
        case events.TrialStarted(number, attempt):
            print("started", number, attempt, flush=True)
        case events.TrialEvaluated(number, step):
            print("evaluated", number, step, flush=True)
        case events.TrialEnded(trial):
            print("ended", trial.number, trial.state.name, flush=True)
        case events.AttemptLost(number, failure):
            print("lost", number, failure, flush=True)
        case events.Notice(text):
            print("notice", text, flush=True)


_SCHEDULERS = {
    "": None,
    "rungs": Rungs(3, 3),
    "population": Population(4, 3),
    "two metrics": Rungs(3, 3),
}
TWO_METRICS: dict[str, Any] = {
    "metric": ["score", "cost"],
    "direction": ["maximize", "minimize"],
    "constraints": {"cost": "<= 0.8"},
}
"""The score is best at x=0.5, and the cost is x: the front is all that has x up to 0.5."""


def main(
    results: str, n_trials: str, act: str, storage: str = "", scheduler: str = "", stall: str = ""
) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    options = {
        "n_trials": int(n_trials),
        "n_jobs": 2,
        "storage": storage or None,
        "scheduler": _SCHEDULERS.get(scheduler),
        "confirmation": Confirmation(2, 3) if scheduler == "confirm" else None,
        "repeats": 3 if scheduler == "repeats" else None,
        "stall_timeout": float(stall) if stall else None,
    }
    try:
        fields = TWO_METRICS if scheduler == "two metrics" else {}
        sweep(study_of(act, **fields), results, print_event, **options)
    except SweepError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
