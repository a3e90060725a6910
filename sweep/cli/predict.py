"""`sweep predict`: what the model of a finished trial says of new data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sweep.cli.options.trained_trial import find_trial, trained_trial_options
from sweep.cli.screen.stderr import working
from sweep.cli.screen.table import table
from sweep.errors import UsageError
from sweep.results import format

MOST_SHOWN = 10


@click.command()
@click.argument("study")
@click.option(
    "--input",
    "place",
    required=True,
    help="An npz, csv or jsonl file, a png image, a folder of them, or a pattern such as "
    "'digits/*.png'.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to write instead of the screen, whose name ends in .csv or .jsonl.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "csv", "jsonl"]),
    help="How predictions are written. [default: as the output's name says; on the screen, table]",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="Rows that the model is fed at a time.",
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
    """Predict with a trial's model, the best unless another is named.

    STUDY is the path of a study file or the name of one in studies/. The input holds the features
    by the names that the evaluation's input_fn gives them: arrays in an npz file, columns of a csv
    file (image_0, image_1, … for a feature of several numbers), keys of each object of a jsonl
    file. An image is a model's one feature: gray for one channel, flat where the feature is, and
    from 0 to 1 where it is floating-point. Anything else that the study does to its data before
    that is yours to do.

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
        raise UsageError(f"{output} must end in .csv or .jsonl, or be given a --format.")
    return layout


def _table(rows: Sequence[dict[str, Any]]) -> str:
    cells = [[_cell(value) for value in row.values()] for row in rows]
    return table(list(rows[0]), cells) + "\n"


def _cell(value: Any) -> Any:
    """A list as its numbers, the first of them where it is long."""
    if not isinstance(value, list):
        return value
    shown = " ".join(format.number(item) for item in value[:MOST_SHOWN])
    return shown if len(value) <= MOST_SHOWN else f"{shown} … ({len(value)})"
