"""TensorFlow with Estimator for the tests of this folder."""

from sweep.estimator import restore

restore()  # before the tests import TensorFlow, as every program has to
