"""`sweep importance`: how much each param influences the result."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.output import json_option
from sweep.cli.options.study import study_name
from sweep.cli.screen.table import table, terminal_width
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "--evaluator",
    default="ped-anova",
    show_default=True,
    metavar="ped-anova|fanova",
    help="Which of Optuna's importance evaluators to use. fanova needs scikit-learn.",
)
@location_options
@json_option
def importance(
    study: str | None, evaluator: str, results: Path, storage: str | None, as_json: bool
) -> None:
    """Show how much each param of a study influences the result.

    You can leave STUDY out if the database holds only one. ped-anova shows which params separate
    the best tenth of the trials from the rest. fanova shows which params move the metric at all,
    up or down. fanova considers only the params that every trial has, and takes minutes for
    thousands of trials.

    \b
    sweep importance digits_mlp
    sweep importance digits_mlp --evaluator fanova --json
    """
    from sweep.results.importances import Importance, read_importances

    url = storage or storage_url(results)
    found = read_importances(study_name(study, url), url, evaluator)
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found], indent=2))
        return
    rows = [one._replace(importance=round(one.importance, 3)) for one in found]
    click.echo(table(Importance._fields, rows, terminal_width()))
