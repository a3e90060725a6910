"""`sweep export` and `sweep predict`: the model of a finished trial, taken up again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sweep.cli import format
from sweep.cli.noise import working
from sweep.cli.place import results_option, storage_option
from sweep.errors import UsageError

if TYPE_CHECKING:
    from sweep.model.trained import TrainedTrial

MOST_SHOWN = 10

_OPTIONS = (
    click.option("--trial", type=click.IntRange(min=0), help="The trial. [default: the best]"),
    click.option("--name", help="The study's name. [default: the file's]"),
    results_option,
    storage_option,
)


def _of_trial(command: Callable[..., None]) -> Callable[..., None]:
    """The options that lead to a finished trial."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("study")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="How far a metric may be from the recorded one, relative to it.",
)
@_of_trial
def export(study: str, directory: Path, tolerance: float, **where: Any) -> None:
    """Export a trial as a SavedModel, the best unless another is named.

    STUDY is the path of a study file or the name of one in studies/. The trial's checkpoint is
    evaluated once more, and must give the metrics that the study has recorded: exactly, for on
    one machine and a CPU it does. DIRECTORY then holds the SavedModel, which needs TensorFlow but
    not sweep, and a model card. It is fed what the study file's serving_input_receiver_fn says,
    or else the features of the evaluation's input_fn.

    \b
    sweep export digits_mlp digits                   the best trial, in the folder digits/
    sweep export my_study.py model --trial 7
    sweep export my_study.py model --tolerance 1e-4  trained on a GPU, or on another machine
    """
    with working(f"Evaluating and exporting {study}"):
        from sweep.model.export import export_trial

        trained = _find(study, **where)
        card = export_trial(trained, directory, tolerance)
    _warn(trained)
    names = trained.study.spec.metrics
    measured = format.objectives(names, [card["metrics"][name] for name in names])
    click.echo(f"Trial {card['trial']} of {card['study']}, measured again: {measured}")
    rows = {
        name: f"{_signature(tensors['inputs'])} -> {_signature(tensors['outputs'])}"
        for name, tensors in card["signatures"].items()
    }
    click.echo(format.portrait(f"SavedModel in {format.path(directory)}", rows))


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
@_of_trial
def predict(
    study: str, place: str, output: Path | None, layout: str | None, batch_size: int, **where: Any
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

        trained = _find(study, **where)
        rows = predict_rows(trained, place, batch_size)
    _warn(trained)
    text = {"csv": as_csv, "jsonl": as_jsonl, "table": _table}[layout](rows)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
        click.echo(f"{len(rows)} predictions of trial {trained.frozen.number} in {output}")


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.") from error


def _layout_of(output: Path | None) -> str:
    if output is None:
        return "table"
    layout = output.suffix.removeprefix(".")
    if layout not in ("csv", "jsonl"):
        raise UsageError(f"{output} must end in .csv or .jsonl, or be given a --format.")
    return layout


def _table(rows: Sequence[dict[str, Any]]) -> str:
    cells = [[_cell(value) for value in row.values()] for row in rows]
    return format.table(list(rows[0]), cells) + "\n"


def _cell(value: Any) -> Any:
    """A list as its numbers, the first of them where it is long."""
    if not isinstance(value, list):
        return value
    shown = " ".join(format.number(item) for item in value[:MOST_SHOWN])
    return shown if len(value) <= MOST_SHOWN else f"{shown} … ({len(value)})"


def _find(study: str, trial: int | None, **where: Any) -> TrainedTrial:
    import optuna

    from sweep.model.trained import Whereabouts, find_trained
    from sweep.study.loader import take_study

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return find_trained(take_study(study), trial, Whereabouts(**where))


def _warn(trained: TrainedTrial) -> None:
    warning = trained.warning()
    if warning is not None:
        click.echo(warning, err=True)


def _signature(tensors: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {tensor['dtype']}{'' if tensor['shape'] is None else tensor['shape']}"
        for name, tensor in tensors.items()
    )
