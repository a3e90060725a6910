"""A Keras model, compiled as usual, swept as an Estimator.

It sweeps the learning rate, the optimizer, the width, the dropout and the weight decay of a network
that reads scikit-learn's digits. It shows `tf.keras.estimator.model_to_estimator`: layers, loss and
metrics come from Keras, while checkpoints, evaluations and the export are Estimator's.
"""

from typing import Any

import optuna
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sweep import StudySpec, TrialSpec

MAX_STEPS = 500
BATCH_SIZE = 64

images, labels = load_digits(return_X_y=True)
images = (images / 16).astype("float32")  # a pixel is a count from 0 to 16
train_images, valid_images, train_labels, valid_labels = train_test_split(
    images, labels, test_size=0.25, stratify=labels, random_state=0
)


def search_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "optimizer": trial.suggest_categorical("optimizer", ["Adam", "RMSprop", "SGD"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "units": trial.suggest_int("units", 16, 128, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "l2": trial.suggest_float("l2", 1e-6, 1e-2, log=True),
    }


def train_input_fn() -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices(({"image": train_images}, train_labels))
    return dataset.shuffle(len(train_images)).repeat().batch(BATCH_SIZE)


def eval_input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(({"image": valid_images}, valid_labels)).batch(256)


def serving_input_fn() -> tf.estimator.export.ServingInputReceiver:
    image = tf.compat.v1.placeholder(tf.float32, [None, 64], name="image")
    return tf.estimator.export.ServingInputReceiver({"image": image}, {"image": image})


def keras_model(params: dict[str, Any]) -> tf.keras.Model:
    image = tf.keras.Input(shape=(64,), name="image")  # the input has the name of the feature
    decay = tf.keras.regularizers.l2(params["l2"])
    hidden = tf.keras.layers.Dense(params["units"], "relu", kernel_regularizer=decay)(image)
    hidden = tf.keras.layers.Dropout(params["dropout"])(hidden)
    probabilities = tf.keras.layers.Dense(10, "softmax", name="probabilities")(hidden)
    model = tf.keras.Model(image, probabilities)
    # Estimator accepts the optimizers of Keras before 2.11, which are now under `legacy`.
    optimizer = getattr(tf.keras.optimizers.legacy, params["optimizer"])(params["learning_rate"])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(params: dict[str, Any], config: tf.estimator.RunConfig) -> TrialSpec:
    return TrialSpec(
        tf.keras.estimator.model_to_estimator(keras_model(params), config=config),
        tf.estimator.TrainSpec(train_input_fn, max_steps=MAX_STEPS),
        tf.estimator.EvalSpec(
            eval_input_fn,
            steps=None,
            exporters=tf.estimator.LatestExporter("latest", serving_input_fn, exports_to_keep=1),
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )


STUDY = StudySpec(
    search_space=search_space,
    build=build,
    metric="accuracy",
    direction="maximize",
    n_trials=20,
    save_checkpoints_steps=125,
)
