"""The model of a trained trial: loading, exporting and predicting."""
