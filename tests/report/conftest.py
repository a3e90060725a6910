"""What the runs on older TensorFlow, which have no extras, leave out: it runs no TensorFlow."""

from importlib.util import find_spec

collect_ignore = ["test_plots.py"] if find_spec("matplotlib") is None else []
