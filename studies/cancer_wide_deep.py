"""Wide and deep: a linear model and a network, trained together, to classify tumours.

It sweeps both halves of the premade `DNNLinearCombinedClassifier` on scikit-learn's breast cancer
data (569 tumours): the number of buckets of the wide half's columns, the learning rate of each
half, the network's shape and its dropout. It shows feature columns, and a `BestExporter` that
keeps the model of the best evaluation so far.
"""

from typing import Any

import numpy as np
import optuna
import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from sweep import StudySpec, TrialSpec

MAX_STEPS = 300
BATCH_SIZE = 32
WIDE = ["mean_radius", "mean_texture", "mean_concavity"]

table = load_breast_cancer()
names = [name.replace(" ", "_") for name in table.feature_names[:10]]  # means over cells
train_rows, valid_rows, train_labels, valid_labels = train_test_split(
    table.data[:, :10].astype("float32"), table.target, stratify=table.target, random_state=0
)
train_columns = dict(zip(names, train_rows.T, strict=True))
valid_columns = dict(zip(names, valid_rows.T, strict=True))


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    layers = trial.suggest_int("layers", 1, 2)
    return {
        "buckets": trial.suggest_int("buckets", 2, 12),
        "linear_learning_rate": trial.suggest_float("linear_learning_rate", 1e-3, 1.0, log=True),
        "dnn_learning_rate": trial.suggest_float("dnn_learning_rate", 1e-5, 1e-1, log=True),
        "hidden_units": [trial.suggest_int(f"units_{i}", 4, 64, log=True) for i in range(layers)],
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
    }


def deep_column(name: str) -> Any:
    """One measurement, standardised with the mean and deviation of the training tumours."""
    mean, deviation = train_columns[name].mean(), train_columns[name].std()
    return tf.feature_column.numeric_column(name, normalizer_fn=lambda x: (x - mean) / deviation)


def wide_columns(buckets: int) -> list[Any]:
    """Three measurements, in buckets with equal numbers of training tumours, and their cross."""
    shares = np.linspace(0, 1, buckets + 1)[1:-1]
    cut = [
        tf.feature_column.bucketized_column(
            tf.feature_column.numeric_column(name),
            np.quantile(train_columns[name], shares).tolist(),
        )
        for name in WIDE
    ]
    crossed = tf.feature_column.crossed_column(cut, hash_bucket_size=buckets ** len(cut))
    return [*cut, crossed]


def train_input_fn() -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((train_columns, train_labels))
    return dataset.shuffle(len(train_labels)).repeat().batch(BATCH_SIZE)


def eval_input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((valid_columns, valid_labels)).batch(256)


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    deep = [deep_column(name) for name in names]
    wide = wide_columns(params["buckets"])
    optimizers = tf.keras.optimizers.legacy  # the optimizers that Estimator accepts
    estimator = tf.estimator.DNNLinearCombinedClassifier(
        config=config,
        linear_feature_columns=wide,
        linear_optimizer=optimizers.Ftrl(params["linear_learning_rate"]),
        dnn_feature_columns=deep,
        dnn_optimizer=optimizers.Adam(params["dnn_learning_rate"]),
        dnn_hidden_units=params["hidden_units"],
        dnn_dropout=params["dropout"],
    )
    serving_input_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(
        tf.feature_column.make_parse_example_spec(deep + wide)
    )
    return TrialSpec(
        estimator,
        tf.estimator.TrainSpec(train_input_fn, max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(
            eval_input_fn,
            steps=None,
            exporters=tf.estimator.BestExporter("best", serving_input_fn, exports_to_keep=1),
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="auc",
    direction="maximize",
    n_trials=20,
    save_checkpoints_steps=100,
)
