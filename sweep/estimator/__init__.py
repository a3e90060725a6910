"""`tf.estimator` on the installed TensorFlow, 2.15 to 2.21.

TensorFlow 2.15 was the last version with its own Estimator. `restore` puts it back into later ones,
under its old names, so that code written for 2.15 runs unchanged. The same API is available here by
name, as `estimator.RunConfig` or `from sweep.estimator import EstimatorSpec`. The first use of such
a name calls `restore` and imports TensorFlow; importing this package does not.

Estimator's code is the PyPI package tensorflow-estimator. Distribution strategies span a cluster's
processes as on 2.15. `tensorflow.python.estimator` leads to the same code. TPUs are not restored:
their names can be imported and subclassed, but not instantiated. Nothing here knows about sweeps.
"""

import importlib.util
from typing import Any

from sweep.estimator.bridge import restore

__all__ = ["restore"]


def __getattr__(name: str) -> Any:
    """The name in `tf.estimator`. Raises TensorFlowError as `restore` does."""
    # Python asks for private names, and for a submodule before it imports it. Neither is a reason
    # to import TensorFlow.
    if name.startswith("_") or importlib.util.find_spec(f"{__name__}.{name}"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_tf_estimator(), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_tf_estimator())})


def _tf_estimator() -> Any:
    restore()
    import tensorflow as tf

    return tf.estimator
