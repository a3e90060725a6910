"""Listeners that report a running sweep to MLflow and to Weights & Biases."""
