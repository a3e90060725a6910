"""A user's exporter with something done around its exports."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class WrappingExporter(tf.estimator.Exporter):
    """An exporter with another's name; subclasses say what it does."""

    def __init__(self, exporter: Any) -> None:
        self.exporter = exporter

    @property
    def name(self) -> str:
        name: str = self.exporter.name
        return name
