"""`sweep export`: export the model of a finished trial as a SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sweep.cli.options.completing import studies_to_sweep
from sweep.cli.options.trained_trial import find_trial, trained_trial_options
from sweep.cli.screen.stderr import working
from sweep.cli.screen.table import portrait
from sweep.results import format


@click.command()
@click.argument("study", shell_complete=studies_to_sweep)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    metavar="NUMBER",
    default=1e-5,
    show_default=True,
    help="How much a metric may differ from its recorded value, relative to that value, or to 0.01 "
    "if the value is closer to 0. The default allows for the order in which threads add float32 "
    "numbers. 0 allows no difference.",
)
@trained_trial_options
def export(study: str, directory: Path, tolerance: float, **location: Any) -> None:
    """Export the model of a trial as a SavedModel.

    STUDY is the path of a study file or the name of one in studies/. The best trial is exported,
    unless --trial names another. Its checkpoint is evaluated again and must give the recorded
    metrics, within --tolerance. DIRECTORY gets the SavedModel, which needs TensorFlow but not
    sweep, and a model card, which says how close the metrics are. The model's inputs are those of
    the study file's serving_input_receiver_fn, or else the features of the evaluation's input_fn.

    \b
    sweep export digits_mlp digits                   the best trial, in the folder digits/
    sweep export my_study.py model --trial 7
    sweep export my_study.py model --tolerance 0.01  if the evaluation data is random
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
