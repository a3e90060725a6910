"""A program's metrics, from its evaluations, from hypertune's file and from its summaries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_EVENT_FILES = "**/events.out.tfevents.*"
_SEPARATOR = "/"


class Said(NamedTuple):
    """Metrics that were reported at a step."""

    step: int
    metrics: dict[str, Any]


class Evaluations:
    """Collects evaluations of several names. Not every one has all wanted metrics.

    A metric has the value of the last evaluation that reports it; `NAME/METRIC` has that of the
    last evaluation called NAME.
    """

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = frozenset(wanted)
        self._last: dict[str, Any] = {}
        self._named: dict[str, Any] = {}
        self._has_wanted = False

    def add(self, metrics: Mapping[str, Any], name: str | None = None) -> bool:
        """Adds an evaluation; returns whether it has a wanted metric."""
        named = (
            {} if name is None else {f"{name}{_SEPARATOR}{key}": metrics[key] for key in metrics}
        )
        self._named |= named
        has_wanted = not self._wanted.isdisjoint([*metrics, *named])
        if has_wanted or not self._has_wanted:
            self._last = dict(metrics)
        self._has_wanted |= has_wanted
        return has_wanted

    @property
    def metrics(self) -> dict[str, Any]:
        """All metrics that are known so far."""
        return {**self._named, **self._last}

    @property
    def lacks(self) -> frozenset[str]:
        """The wanted metrics that no evaluation has had."""
        return self._wanted - self.metrics.keys()


class HypertuneFile:
    """The file that cloudml-hypertune rewrites with each metric: one JSON object per line.

    See the package's `HyperTune.report_hyperparameter_tuning_metric`.
    """

    VARIABLE = "CLOUD_ML_HP_METRIC_FILE"
    """The environment variable that tells the package where it is."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._last = ""
        file.unlink(missing_ok=True)

    def news(self) -> Iterator[Said]:
        """What was written since the last call."""
        try:
            lines = self.file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        new = lines[lines.index(self._last) + 1 :] if self._last in lines else lines
        for line in new:
            try:
                entry = json.loads(line)
            except ValueError:  # the package is still writing it
                return
            self._last = line
            step = int(entry.get("global_step", 0))
            others = entry.keys() - {"timestamp", "trial", "global_step", "checkpoint_path"}
            yield Said(step, {"global_step": step} | {tag: float(entry[tag]) for tag in others})


class SummaryTags:
    """The summaries that a program writes into the event files of its model_dir."""

    def __init__(self, model_dir: Path) -> None:
        self._model_dir = model_dir
        self._loaders: dict[Path, Any] = {}

    def news(self, tags: frozenset[str]) -> Iterator[Said]:
        """The newest value of each of these tags, if it was written since the last call."""
        newest: dict[str, Said] = {}
        for file in sorted(self._model_dir.glob(_EVENT_FILES)):
            for event in self._loader(file).Load():
                for value in event.summary.value:
                    known = newest.get(value.tag)
                    if value.tag in tags and (known is None or event.step >= known.step):
                        number = _number(value)
                        said = {value.tag: number, "global_step": event.step}
                        newest[value.tag] = Said(event.step, said)
        yield from newest.values()

    def _loader(self, file: Path) -> Any:
        # Imported here because few programs have a metric that is only in a summary.
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

        if file not in self._loaders:
            self._loaders[file] = EventFileLoader(str(file))
        return self._loaders[file]


def _number(value: Any) -> float:
    from tensorboard.util.tensor_util import make_ndarray

    if value.HasField("tensor"):
        return float(make_ndarray(value.tensor))
    return float(value.simple_value)
