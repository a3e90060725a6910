"""BestExporters that remember the best model of an earlier process.

On its own, a BestExporter exports the first model that it sees in a process, whatever it exported
before. After an interruption, and in each leg of a training, a worse model would replace the best.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from sweep import private
from sweep.estimator.trial_spec import TrialSpec
from sweep.folder.atomic import write_json
from sweep.training.wrapping import WrappingExporter

private.require(__name__)


def remembering_the_best(trial_spec: TrialSpec) -> TrialSpec:
    """The same TrialSpec, with BestExporters that remember what an earlier process exported."""
    given = trial_spec.eval_spec
    exporters = tuple(
        _Remembering(exporter) if isinstance(exporter, tf.estimator.BestExporter) else exporter
        for exporter in given.exporters
    )
    return trial_spec._replace(eval_spec=given._replace(exporters=exporters))


class _Remembering(WrappingExporter):
    """A BestExporter that writes the evaluation of its export into a file beside the exports."""

    def __init__(self, exporter: Any) -> None:
        super().__init__(exporter)
        self._is_new = True

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        memory = Path(f"{export_path}.json")
        if self._is_new:
            self._is_new = False
            with suppress(OSError, ValueError):  # there is no file, or only half of one
                self._recall(json.loads(memory.read_text(encoding="utf-8")), estimator.model_dir)
        exported = self.exporter.export(
            estimator, export_path, checkpoint_path, eval_result, is_the_final_export
        )
        if exported is not None:
            write_json(memory, _numbers_in(eval_result))
        return exported

    def _recall(self, best: dict[str, float], model_dir: str) -> None:
        self.exporter._best_eval_result = best
        self.exporter._has_exported = True
        # As if it had read the event files, which already contain this very evaluation.
        self.exporter._model_dir = model_dir


def _numbers_in(eval_result: Mapping[str, Any]) -> dict[str, float]:
    values = {name: np.asarray(value) for name, value in eval_result.items()}
    return {
        name: value.item()
        for name, value in values.items()
        if value.ndim == 0 and value.dtype.kind in "biuf"
    }
