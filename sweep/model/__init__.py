"""A trained trial's model, taken up again: loaded, exported, asked for predictions."""
