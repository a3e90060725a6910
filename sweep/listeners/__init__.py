"""What hears of a sweep while it runs, for MLflow and for Weights & Biases."""
