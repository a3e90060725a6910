"""A regression that minimizes its error: how far a patient's diabetes progresses in a year.

It sweeps the premade `DNNRegressor` on scikit-learn's diabetes data (442 patients): learning rate,
optimizer, shape and dropout. It shows a custom metric beside Estimator's own, the direction
"minimize", early stopping with a hook, and a RunConfig that is changed for a short training.
"""

from typing import Any

import optuna
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sweep import StudySpec, TrialSpec

MAX_STEPS = 500
BATCH_SIZE = 32
CHECKPOINT_STEPS = 100

# scaled=False: scikit-learn's own scaling would leak the validation patients into the training.
rows, progression = load_diabetes(return_X_y=True, scaled=False)
train_rows, valid_rows, train_labels, valid_labels = train_test_split(
    rows.astype("float32"), progression.astype("float32"), test_size=0.3, random_state=0
)
# Everything, including the labels, is standardised with the values of the training patients.
mean, deviation = train_rows.mean(axis=0), train_rows.std(axis=0)
label_mean, label_deviation = float(train_labels.mean()), float(train_labels.std())


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    layers = trial.suggest_int("layers", 1, 3)
    return {
        "optimizer": trial.suggest_categorical("optimizer", ["Adam", "Adagrad", "SGD"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "hidden_units": [trial.suggest_int(f"units_{i}", 4, 64, log=True) for i in range(layers)],
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
    }


def dataset(rows: Any, labels: Any) -> tf.data.Dataset:
    features = {"patient": (rows - mean) / deviation}
    return tf.data.Dataset.from_tensor_slices((features, (labels - label_mean) / label_deviation))


def train_input_fn() -> tf.data.Dataset:
    return dataset(train_rows, train_labels).shuffle(len(train_rows)).repeat().batch(BATCH_SIZE)


def eval_input_fn() -> tf.data.Dataset:
    return dataset(valid_rows, valid_labels).batch(256)


def rmse(labels: tf.Tensor, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """The error in the data's own units, points of disease progression (from 25 to 346).

    Estimator's own `average_loss` is the squared error of the standardised label.
    """
    metric = tf.keras.metrics.RootMeanSquaredError()
    predicted = predictions["predictions"][:, 0]
    metric.update_state(labels * label_deviation, predicted * label_deviation)
    return {"rmse": metric}


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    optimizer = getattr(tf.keras.optimizers.legacy, params["optimizer"])
    estimator = tf.estimator.DNNRegressor(
        config=config.replace(save_summary_steps=50, log_step_count_steps=50),
        feature_columns=[tf.feature_column.numeric_column("patient", shape=rows.shape[1:])],
        hidden_units=params["hidden_units"],
        optimizer=lambda: optimizer(params["learning_rate"]),
        dropout=params["dropout"],
    )
    estimator = tf.estimator.add_metrics(estimator, rmse)
    early_stopping = tf.estimator.experimental.stop_if_no_decrease_hook(
        estimator,
        "rmse",
        max_steps_without_decrease=2 * CHECKPOINT_STEPS,
        run_every_secs=None,
        run_every_steps=CHECKPOINT_STEPS,
    )
    return TrialSpec(
        estimator,
        tf.estimator.TrainSpec(train_input_fn, max_steps=MAX_STEPS, hooks=[early_stopping]),
        tf.estimator.EvalSpec(eval_input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="rmse",
    direction="minimize",
    n_trials=20,
    save_checkpoints_steps=CHECKPOINT_STEPS,
)
