"""A study's event files, arranged for TensorBoard, which calls each folder of event files a run.

Estimator writes events of training to `trial-0007/model` and events of evaluation to
`trial-0007/model/eval`. Here they become the runs `trial-0007`, which also has the trial's params,
and `trial-0007/eval`, which also has its final metrics. The list of columns for the HParams tab
belongs to no trial. It is placed in the first run that has params, to avoid a run of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.viewers.hparams import EVALUATIONS

_EVENT_FILES = ("*.tfevents.*", "*/*.tfevents.*")
_LAST = "events.out.tfevents.hparams.study"
"""Sorted last, because TensorBoard reads a run's files in order and never goes back."""


def link_runs(paths: StudyFolder, view: Path) -> None:
    """Links the study's event files below `view`, and removes links to files that are gone.

    Existing links stay, so TensorBoard continues to read where it was.
    """
    links = {}
    trials = [paths.trial(number) for number in paths.trial_numbers()]
    for trial in trials:
        for name, file in _event_files(trial):
            links[view / trial.folder.name / name] = file
    first = next((trial for trial in trials if trial.hparams.exists()), None)
    if first is not None:
        links[view / first.folder.name / _LAST] = paths.hparams
    for link in set(view.rglob("*.tfevents.*")) - set(links):
        link.unlink()
    for link, file in links.items():
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)


def _event_files(trial: TrialFolder) -> Iterator[tuple[Path, Path]]:
    """The event files of a trial, each with its place in the trial's run."""
    if trial.hparams.exists():
        yield Path(trial.hparams.name), trial.hparams
    if trial.final_metrics.exists():
        yield Path(EVALUATIONS, trial.final_metrics.name), trial.final_metrics
    for pattern in _EVENT_FILES:
        for file in trial.model_dir.glob(pattern):
            yield file.relative_to(trial.model_dir), file
