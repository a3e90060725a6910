"""The numbers of the reference workload, for programs that do not import TensorFlow."""

LEARNING_RATES = 1e-4, 1e-1
N_STEPS = 400
BATCH_SIZE = 64
