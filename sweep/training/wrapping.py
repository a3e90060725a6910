"""An exporter of the user's, with something done around its exports."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class WrappingExporter(tf.estimator.Exporter):
    """An exporter that goes by another's name; what it does is its subclass's to say."""

    def __init__(self, exporter: Any) -> None:
        self.exporter = exporter

    @property
    def name(self) -> str:
        name: str = self.exporter.name
        return name
