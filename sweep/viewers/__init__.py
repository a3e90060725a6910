"""TensorBoard's and optuna-dashboard's views of a study."""
