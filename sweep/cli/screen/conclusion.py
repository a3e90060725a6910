"""What `sweep run` says when the sweep is over: the best trial, and what to do next."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from sweep import attrs
from sweep.cli.options.study import read_study
from sweep.cli.screen.confirmation import describe
from sweep.cli.screen.loading import AskedSweep
from sweep.cli.screen.table import portrait, sentence, terminal_width
from sweep.errors import UsageError
from sweep.flow.options import Options
from sweep.folder.layout import RESULTS, ModelDirs
from sweep.folder.mirror import results_address
from sweep.results import format
from sweep.results.confirmation import verdict_of
from sweep.results.score import ENDS, Score
from sweep.wording import counted


def conclude_asked(score: Score, asked: AskedSweep, typed: str | None, *, as_json: bool) -> bool:
    """Prints the outcome of a sweep or of a confirmation; returns whether there is one.

    Args:
        score: the state of the sweep after its last event.
        asked: what was asked for.
        typed: the study as typed; None is its name.
        as_json: whether to print the result of a confirmation as JSON, for programs.
    """
    if asked.settings.confirmation is not None:
        return conclude_confirmation(asked.paths.name, asked.settings, asked.typed, as_json=as_json)
    conclude(score, asked.typed, typed)
    return bool(score.best)


def conclude(score: Score, options: Options, study: str | None = None) -> None:
    """Prints the state of the sweep after its last event.

    Args:
        score: the state.
        options: the options as typed.
        study: the study as typed; None is its name.
    """
    click.echo()
    if score.n_started == 0 and score.n_finished >= score.n_trials:
        click.echo(sentence(_nothing_to_do(score)))
    else:
        trials = counted(score.n_ended, "trial") if score.n_ended else "No trial"
        elapsed = format.duration(score.elapsed)
        click.echo(sentence(f"{trials} ended in {elapsed}. The study has {_counts(score)}."))
    if not score.best:
        if score.n_trials_ended:
            click.echo(_why_none(score))
        if score.n_left_failed:
            click.echo(f"\n{_listed(_retrying(score, options, study))}")
        return
    click.echo()
    model_dirs = ModelDirs(score.folder.parent)
    for trial in score.best:
        title = "Best trial" if len(score.metrics) == 1 else "Pareto-optimal trial"
        values = format.objectives(score.metrics, trial.values) + score.seeds_of(trial)
        rows = {
            f"params_{name}" if name == attrs.MODEL_DIR else name: value
            for name, value in trial.params.items()
        }
        if attrs.MODEL_DIR in trial.user_attrs:
            rows["model_dir"] = format.path(model_dirs.find(trial.user_attrs[attrs.MODEL_DIR]))
        click.echo(portrait(f"{title}: {trial.number}, {values}", rows) + "\n")
    retrying = _retrying(score, options, study) if score.n_left_failed else {}
    click.echo(_listed(_viewing(score, options) | retrying))


def conclude_confirmation(study: str, settings: Options, typed: Options, *, as_json: bool) -> bool:
    """Prints the result of a confirmation; returns whether it has one.

    Args:
        study: the study's name.
        settings: the options of the confirmation.
        typed: the same options as typed.
        as_json: whether to print JSON, for programs.
    """
    summary, trials = read_study(study, settings.storage_url, attrs=[attrs.FAILURE])
    try:
        verdict = verdict_of(summary, trials, settings.preference)
    except UsageError as error:
        confirming = trials.columns.get(attrs.CONFIRMS, {})
        failures = Counter(trials.columns.get(attrs.FAILURE, {}).get(n) for n in confirming)
        failure = next((text for text, _ in failures.most_common() if text is not None), None)
        reason = "" if failure is None else f" Most failed with: {format.text(failure)}"
        click.echo(f"{error}{reason}", err=as_json)
        return False
    if as_json:
        click.echo(json.dumps(verdict.to_json(), indent=2))
        return True
    place = f"{study}{_location_of(typed)}"
    preferring = "" if settings.prefer is None else f" --prefer {shlex.quote(settings.prefer)}"
    steps = {
        f"sweep best {place} --by mean{preferring}": "show this table again",
        f"sweep export {place} DIRECTORY --by mean{preferring}": "export the best one's median "
        "training",
        f"sweep report {place}{preferring}": "show the intervals as a figure",
    }
    click.echo(f"\n{describe(verdict)}\n\n{_listed(steps)}")
    return True


def _nothing_to_do(score: Score) -> str:
    if not score.can_grow:
        return f"Study {score.study_name} already has all of its trials: there is nothing to do."
    has = f"its {counted(score.n_trials, 'trial')}"
    if score.n_finished > score.n_trials:
        has = f"{counted(score.n_finished, 'trial')}, more than the {score.n_trials} asked for"
    return (
        f"Study {score.study_name} already has {has}: there is nothing to do. "
        f"--trials {score.n_finished + score.n_trials} would add {score.n_trials} more."
    )


def _counts(score: Score) -> str:
    """How many trials the study has, and how they ended."""
    n = score.n_trials_ended + len(score.waiting)
    if n == 0:
        return "no trials yet"
    number = counted(n, "trial")
    if score.n_trials_ended > score.n_finished:
        number = f"{counted(score.n_finished, 'configuration')} in {number}"
    waiting = [f"{len(score.waiting)} waiting"] if score.waiting else []
    return f"{number}: {', '.join([*score.count(*ENDS), *waiting])}"


def _why_none(score: Score) -> str:
    failures = Counter(score.failures)
    if score.nearest is not None:
        nearest = score.nearest
        broken = format.broken(score.constraints, nearest.user_attrs)
        return (
            f"No complete trial keeps the constraints. The closest is trial {nearest.number}, "
            f"{format.objectives(score.metrics, nearest.values)}{broken}."
        )
    has_all = score.can_grow and score.n_finished >= score.n_trials
    if not failures and has_all and score.count("paused"):
        return (
            "No trial completed. The best of the paused trials continue when there are more "
            "trials: give a larger --trials."
        )
    if not failures:
        return "No trial completed."
    failure, times = failures.most_common(1)[0]
    log = format.path(score.folder)
    return (
        f"No trial completed. {times} failed with: {format.text(failure)}\n"
        f"The output of each trial is in {log}/trial-*/log.txt."
    )


def _viewing(score: Score, options: Options) -> dict[str, str]:
    study = f"{score.study_name}{_location_of(options)}"
    return {
        f"sweep show {study}": "show all trials as a table",
        f"sweep tensorboard {study}": "show their learning curves",
        f"sweep dashboard {study}": "show the study in a browser",
    }


def _retrying(score: Score, options: Options, study: str | None) -> dict[str, str]:
    """How to retry failed trials, which count towards the total of the study."""
    typed = study or score.study_name
    name = "" if options.name in (None, typed) else f" --name {options.name}"
    trials = counted(score.n_left_failed, "failed trial")
    command = f"sweep retry {shlex.quote(typed)}{name}{_location_of(options)}"
    return {command: f"retry the {trials}, which --trials counts"}


def _listed(steps: dict[str, str]) -> str:
    """The commands and what they do: beside them, or below them on a narrow terminal."""
    longest = max(map(format.width, steps))
    columns = 4 + longest + max(map(len, steps.values()))
    is_narrow = columns > (terminal_width() or columns)
    lines = ["Next:"]
    for step, what in steps.items():
        space = "\n      " if is_narrow else " " * (2 + longest - format.width(step))
        lines.append(f"  {step}{space}{what}")
    return "\n".join(lines)


def _location_of(options: Options) -> str:
    """The options with which other commands find the same results and database.

    A URL with a password is left out: it came from the environment, where the others find it too.
    """
    text = ""
    results = Path(options.results)
    if results != RESULTS:
        text += f" --results {shlex.quote(results_address(results))}"
    if options.storage is not None and not make_url(options.storage).password:
        text += f" --storage {shlex.quote(options.storage)}"
    return text
