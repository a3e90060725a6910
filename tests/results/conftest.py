"""What the runs on older TensorFlow skip, because they have no extras: it runs no TensorFlow."""

from importlib.util import find_spec

collect_ignore = ["test_files.py"] if find_spec("pyarrow") is None else []
