#!/usr/bin/env python3
"""A premade classifier on a CSV file, which stops when it gets no better."""

import argparse
import os

import tensorflow as tf

LABEL = "diagnosis"
CLASSES = ["malignant", "benign"]
MEASUREMENTS = {  # with their mean and spread
    "mean_radius": (14.1, 3.5),
    "mean_texture": (19.3, 4.3),
    "mean_smoothness": (0.096, 0.014),
    "mean_concavity": (0.089, 0.080),
    "mean_symmetry": (0.181, 0.027),
}


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--train_csv", required=True)
    parser.add_argument("--test_csv", required=True)
    parser.add_argument("--model_dir", default="", help="a temporary folder if empty")
    parser.add_argument("--hidden_units", default="32,16", help="layers, as in 64,32")
    parser.add_argument("--learning_rate", type=float, default=0.01)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--batch_norm", action="store_true")
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--max_steps", type=int, default=2000)
    parser.add_argument("--patience", type=int, default=500, help="steps without a lower loss")
    return parser.parse_args()


def input_fn(path, batch_size, training):
    return tf.data.experimental.make_csv_dataset(
        path,
        batch_size,
        label_name=LABEL,
        num_epochs=None if training else 1,
        shuffle=training,
        num_rows_for_inference=20,
    )


def feature_columns():
    def numeric(name, mean, spread):
        return tf.feature_column.numeric_column(name, normalizer_fn=lambda x: (x - mean) / spread)

    return [numeric(name, *scale) for name, scale in MEASUREMENTS.items()]


def main():
    args = parse_args()
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.INFO)

    config = tf.estimator.RunConfig(save_checkpoints_steps=100, log_step_count_steps=100)
    if args.model_dir:
        config = config.replace(model_dir=args.model_dir)

    columns = feature_columns()
    classifier = tf.estimator.DNNClassifier(
        hidden_units=[int(units) for units in args.hidden_units.split(",")],
        feature_columns=columns,
        n_classes=len(CLASSES),
        label_vocabulary=CLASSES,
        optimizer=tf.keras.optimizers.legacy.Adam(args.learning_rate),
        dropout=args.dropout or None,
        batch_norm=args.batch_norm,
        config=config,
    )

    # The hook reads what evaluations have written there.
    os.makedirs(classifier.eval_dir(), exist_ok=True)
    early_stopping = tf.estimator.experimental.stop_if_no_decrease_hook(
        classifier,
        metric_name="loss",
        max_steps_without_decrease=args.patience,
        run_every_secs=None,
        run_every_steps=100,
    )

    serving_input_receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(
        tf.feature_column.make_parse_example_spec(columns)
    )
    best_exporter = tf.estimator.BestExporter(
        name="best", serving_input_receiver_fn=serving_input_receiver_fn, exports_to_keep=1
    )

    metrics, _ = tf.estimator.train_and_evaluate(
        classifier,
        tf.estimator.TrainSpec(
            lambda: input_fn(args.train_csv, args.batch_size, training=True),
            max_steps=args.max_steps,
            hooks=[early_stopping],
        ),
        tf.estimator.EvalSpec(
            lambda: input_fn(args.test_csv, 256, training=False),
            steps=None,
            exporters=[best_exporter],
            start_delay_secs=0,
            throttle_secs=0,
        ),
    )
    for name, value in sorted((metrics or {}).items()):
        print(f"{name:24} {value:.4f}")


if __name__ == "__main__":
    main()
