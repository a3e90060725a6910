"""A study's event files laid out for TensorBoard, which calls each folder of such files a run.

Estimator writes what it trains to `trial-0007/model` and what it evaluates to
`trial-0007/model/eval`. Here they become the runs `trial-0007`, which has the trial's params too,
and `trial-0007/eval`, which has its final metrics too. What the HParams tab has columns for, which
belongs to no trial, is laid with the first that has params, so that no run stands for it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sweep.folder.layout import StudyFolder, TrialFolder
from sweep.viewers.hparams import EVALUATIONS

_EVENT_FILES = ("*.tfevents.*", "*/*.tfevents.*")
_LAST = "events.out.tfevents.hparams.study"
"""Behind the others, for TensorBoard reads a run's files in their order and never turns back."""


def link_runs(paths: StudyFolder, view: Path) -> None:
    """Links the study's event files below `view`, and drops the links to those that are gone.

    What is linked already stays, so that TensorBoard reads on where it was.
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
    """Each by where it is to lie in the trial's run."""
    if trial.hparams.exists():
        yield Path(trial.hparams.name), trial.hparams
    if trial.final_metrics.exists():
        yield Path(EVALUATIONS, trial.final_metrics.name), trial.final_metrics
    for pattern in _EVENT_FILES:
        for file in trial.model_dir.glob(pattern):
            yield file.relative_to(trial.model_dir), file
