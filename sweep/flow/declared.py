"""What a study's file says about the study, if its folders from version 0.1 say too little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from optuna.distributions import distribution_to_json

from sweep import attrs, location
from sweep.errors import StorageError, UsageError
from sweep.folder.layout import StudyFolder
from sweep.search.seeds import trial_seed
from sweep.search.space import distributions_of
from sweep.study.loader import LoadedStudy


class DeclaredStudy:
    """A study as its file declares it. The file is loaded only when it is needed.

    Args:
        folder: the folder of the study.
        load: loads its file; None if there is no file.
        seed: the study's seed, if it is known.
    """

    def __init__(
        self, folder: StudyFolder, load: Callable[[], LoadedStudy] | None, seed: int | None
    ) -> None:
        self._folder = folder
        self._load = load
        self._seed = seed
        self._has_told_study = False
        self._told: dict[int, str | None] = {}
        """The trials that it described, with the hash of the file that they ran with."""

    def study_record(self) -> dict[str, Any]:
        """What study.json would say about the study.

        Raises:
            StorageError: there is no file that says it.
            UsageError: the study had another seed.
        """
        spec = self._loaded.spec
        self._has_told_study = True
        known = {} if self._seed is None else {attrs.SEED: self._own_seed(self._seed)}
        return {"metrics": list(spec.metrics), "directions": list(spec.directions), "attrs": known}

    def trial_record(self, number: int, identity: Mapping[str, Any]) -> dict[str, Any]:
        """What params.json would say as `record` of a trial.

        Raises:
            StorageError: there is no file that says it.
            StudyError: the trial's params do not belong to its search space.
        """
        found = distributions_of(self._loaded.spec.search_space, identity["suggested"], number)
        self._told[number] = identity.get("study_file_sha256")
        texts = {name: distribution_to_json(distribution) for name, distribution in found.items()}
        return {"distributions": texts, "attrs": {}}

    def losses(self) -> list[str]:
        """What neither the folders nor the file say, one sentence each."""
        said = []
        if self._has_told_study:
            lost = "scheduler is" if self._seed is not None else "scheduler and its seed are"
            said.append(
                f"There is no study.json: the metrics come from {self._name}, and its {lost} lost."
            )
        if self._told:
            said.append(
                f"For {len(self._told)} trials, two things are lost: whether they continue or "
                "retry others, so each counts as independent, and the evaluations of attempts "
                "before the last."
            )
        changed = [n for n, sha256 in self._told.items() if sha256 != self._loaded.sha256]
        if changed:
            said.append(
                f"{self._name} has changed since {len(changed)} trials ran: their params are "
                "treated as if the present search space had suggested them."
            )
        return said

    @cached_property
    def _loaded(self) -> LoadedStudy:
        if self._load is None:
            raise StorageError(
                f"{self._folder.address} was written by version 0.1 and does not say which search "
                "space its params come from: name the study's file, as in `sweep rebuild "
                f"my_study.py --name {self._folder.name}`."
            )
        return self._load()

    @property
    def _name(self) -> str:
        file = self._loaded.file
        return "the study file" if file is None else str(location.short(file))

    def _own_seed(self, seed: int) -> int:
        found = {n: self._folder.trial(n).read_params() or {} for n in self._folder.trial_numbers()}
        if not any(known.get("seed") == trial_seed(seed, n) for n, known in found.items()):
            raise UsageError(
                f"Study {self._folder.name!r} was not swept with seed {seed}, because none of its "
                "trials has a seed that follows from it: leave --seed out, or give the right one."
            )
        return seed
