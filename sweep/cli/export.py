"""`sweep export`: the model of a finished trial as a SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sweep.cli.options.trained_trial import find_trial, trained_trial_options
from sweep.cli.screen.stderr import working
from sweep.cli.screen.table import portrait
from sweep.results import format


@click.command()
@click.argument("study")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-5,
    show_default=True,
    help="How far a metric may be from the recorded one, relative to it, or to 0.01 where it is "
    "nearer to 0 than that. The default allows for the order in which threads add up float32 "
    "numbers; 0 allows for nothing.",
)
@trained_trial_options
def export(study: str, directory: Path, tolerance: float, **location: Any) -> None:
    """Export a trial as a SavedModel, the best unless another is named.

    STUDY is the path of a study file or the name of one in studies/. The trial's checkpoint is
    evaluated once more, and must give the metrics that the study has recorded, but for a
    --tolerance. DIRECTORY then holds the SavedModel, which needs TensorFlow but not sweep, and a
    model card, which says how close the metrics are. It is fed what the study file's
    serving_input_receiver_fn says, or else the features of the evaluation's input_fn.

    \b
    sweep export digits_mlp digits                   the best trial, in the folder digits/
    sweep export my_study.py model --trial 7
    sweep export my_study.py model --tolerance 0.01  evaluated on random data
    """
    with working(f"Evaluating and exporting {study}"):
        from sweep.model.export import export_trial

        directory = directory.absolute()  # before the study can change the working directory
        trained = find_trial(study, **location)
        card = export_trial(trained, directory, tolerance)
    if warning := trained.warning():
        click.echo(warning, err=True)
    names = trained.study.spec.metrics
    measured = format.objectives(names, [card["metrics"][name] for name in names])
    click.echo(f"Trial {card['trial']} of {card['study']}, measured again: {measured}")
    rows = {
        name: f"{_signature(tensors['inputs'])} -> {_signature(tensors['outputs'])}"
        for name, tensors in card["signatures"].items()
    }
    click.echo(portrait(f"SavedModel in {format.path(directory)}", rows))


def _signature(tensors: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {tensor['dtype']}{'' if tensor['shape'] is None else tensor['shape']}"
        for name, tensor in tensors.items()
    )
