"""The commands that repeat a study, and its best trial."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep import attrs
from sweep.study.program_record import program_file

if TYPE_CHECKING:
    from sweep.results.data import StudyData


def reproduction(data: StudyData) -> dict[str, str]:
    """The commands, each with a sentence; `best` is empty if there is no single best trial."""
    winners = [data.best.row(number) for number in data.best.numbers]
    known = (_sha256(trial[attrs.MODEL_DIR]) for trial in winners if attrs.MODEL_DIR in trial)
    sha256 = next(filter(None, known), None)
    program = _program(data)
    file = "the study file" if program is None else f"the program {program}"
    file += "" if sha256 is None else f" with the SHA-256 {sha256}"
    file += " as STUDY_FILE" if program is None else ""
    study_file = "STUDY_FILE" if program is None else shlex.quote(data.summary.name)
    best = winners[0] if len(winners) == 1 else {}
    alone = (
        "Only the best training, leg by leg" if attrs.CONTINUES in best else "Only the best params"
    )
    return {
        "what": f"Use {file}. With --jobs 1, the same seed gives the same params and values. With "
        "more jobs, the params depend on which trial ends first.",
        "command": f"sweep {_again(data, study_file)}",
        "best_what": f"{alone}, in another study:",
        "best": f"sweep {_best_again(data, best, study_file)}" if best else "",
    }


def _again(data: StudyData, study_file: str) -> str:
    from sweep.schedule.kept import kept_scheduler
    from sweep.schedule.population import Population
    from sweep.schedule.replay import Replay
    from sweep.schedule.rungs import Rungs

    study, seed = shlex.quote(data.summary.name), data.attrs.get(attrs.SEED)
    named = f"--name {study}-again" + ("" if seed is None else f" --seed {seed}")
    named += _cluster(data) + _constraints(data)
    columns = data.decoded.columns
    continued = columns.get(attrs.CONTINUES, {}).keys() | columns.get(attrs.RETRY_OF, {}).keys()
    n_configurations = len(data.decoded.numbers) - len(continued)
    match kept_scheduler(data.attrs):
        case Replay():
            return f"replay {study_file} --of {study} {named}"
        case Population(n_members, n_legs, explore):
            much = f"--population {n_members} --legs {n_legs}"
            much += f" --explore {shlex.quote(','.join(explore))}" if explore else ""
        case Rungs(n_rungs, factor, n_brackets):
            much = f"--trials {n_configurations} --rungs {n_rungs} --reduction-factor {factor}"
            much += f" --brackets {n_brackets}" if n_brackets > 1 else ""
        case _:
            much = f"--trials {n_configurations}"
    return f"run {study_file} {named} {much} --jobs 1"


def _best_again(data: StudyData, best: dict[str, Any], study_file: str) -> str:
    from sweep.results.comparison import params_of

    study = shlex.quote(data.summary.name)
    named = f"--name {study}-best{_cluster(data)}{_constraints(data)}"
    if attrs.CONTINUES in best:
        of = f"--of {study} --trial {best['number']}"
        return f"replay {study_file} {of} {named}"
    pairs = ",".join(f"{name}={value}" for name, value in params_of(best).items())
    return f"run {study_file} {named} --trials 1 --enqueue {shlex.quote(pairs)}"


def _cluster(data: StudyData) -> str:
    """The option that makes its trials clusters, if they are clusters."""
    cluster = data.attrs.get(attrs.CLUSTER)
    return "" if cluster is None else f" --cluster {cluster}"


def _constraints(data: StudyData) -> str:
    """The options for its constraints, if it has any."""
    kept = map(shlex.quote, data.summary.constraints)
    return "".join(f" --constraint {constraint}" for constraint in kept)


def _program(data: StudyData) -> str | None:
    """The program that was swept, if any."""
    record = data.attrs.get(attrs.PROGRAM)
    return None if record is None else str(program_file(record))


def _sha256(model_dir: Any) -> str | None:
    """The hash of the study file, if the trial's params.json is still beside its model."""
    try:
        identity = json.loads(Path(model_dir).with_name("params.json").read_text())
    except (OSError, ValueError, TypeError):
        return None
    sha256: str | None = identity.get("study_file_sha256")
    return sha256
