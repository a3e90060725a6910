"""`sweep predict`: apply the model of a finished trial to new data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.trained_trial import find_trial, trained_trial_options
from sweep.cli.screen.stderr import working
from sweep.cli.screen.table import table
from sweep.errors import UsageError
from sweep.results import format

MOST_SHOWN = 10


@click.command()
@click.argument("study", shell_complete=studies_to_sweep)
@click.option(
    "--input",
    "place",
    required=True,
    type=click.Path(),
    metavar="PATH",
    help="The data: an npz, csv or jsonl file, a png image, a folder of images, or a pattern such "
    "as 'digits/*.png'.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the predictions to this file instead of printing them. Without --format, its name "
    "must end in .csv or .jsonl.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "csv", "jsonl"]),
    help="How to write the predictions. [default: by the ending of --output; table on the screen]",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    metavar="N",
    default=256,
    show_default=True,
    help="How many rows the model gets at a time.",
)
@trained_trial_options
def predict(
    study: str,
    place: str,
    output: Path | None,
    layout: str | None,
    batch_size: int,
    **location: Any,
) -> None:
    """Predict with the model of a trial.

    STUDY is the path of a study file or the name of one in studies/. The best trial predicts,
    unless --trial names another. The input holds the features under the names that the
    evaluation's input_fn gives them: arrays in an npz file, columns in a csv file (image_0,
    image_1, … for a feature of several numbers), or keys of the objects in a jsonl file.

    An image works for a model with a single feature. It is converted to gray if the feature has
    one channel, flattened if the feature is flat, and scaled from 0 to 1 if the feature is
    floating-point. If the study prepares its data in other ways, do the same to your input.

    \b
    sweep predict digits_mlp --input digits.npz
    sweep predict mnist_conv --input 'scans/*.png' --output classes.csv
    sweep predict my_study.py --trial 7 --input rows.csv --format jsonl
    """
    layout = layout or _layout_of(output)
    with working(f"Predicting with {study}"):
        from sweep.model.predictions import as_csv, as_jsonl
        from sweep.model.predictions import predict as predict_rows

        # Before the study can change the working directory.
        source, target = str(Path(place).absolute()), output and output.absolute()
        trained = find_trial(study, **location)
        rows = predict_rows(trained, source, batch_size)
    if warning := trained.warning():
        click.echo(warning, err=True)
    text = {"csv": as_csv, "jsonl": as_jsonl, "table": _table}[layout](rows)
    if target is None:
        click.echo(text, nl=False)
    else:
        _write(target, text)
        click.echo(f"{len(rows)} predictions of trial {trained.frozen.number} in {output}")


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{format.path(output)} cannot be written: {error.strerror}.") from error


def _layout_of(output: Path | None) -> str:
    if output is None:
        return "table"
    layout = output.suffix.removeprefix(".")
    if layout not in ("csv", "jsonl"):
        raise UsageError(f"{output} must end in .csv or .jsonl; for another name, give a --format.")
    return layout


def _table(rows: Sequence[dict[str, Any]]) -> str:
    cells = [[_cell(value) for value in row.values()] for row in rows]
    return table(list(rows[0]), cells) + "\n"


def _cell(value: Any) -> Any:
    """A list as its numbers; only the first ones if it is long."""
    if not isinstance(value, list):
        return value
    shown = " ".join(format.number(item) for item in value[:MOST_SHOWN])
    return shown if len(value) <= MOST_SHOWN else f"{shown} … ({len(value)})"
