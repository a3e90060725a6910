"""`sweep report`: a study as one HTML page that needs no network, and its figures as files."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.location import location_options
from sweep.cli.options.preference import prefer_option
from sweep.cli.options.study import study_name
from sweep.errors import UsageError
from sweep.folder.atomic import write_text
from sweep.results import format
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write. [default: STUDY.html]",
)
@click.option(
    "--figures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write every figure to this folder, as SVG and as PNG.",
)
@prefer_option
@location_options
def report(
    study: str | None,
    output: Path | None,
    figures: Path | None,
    prefer: str | None,
    results: Path,
    storage: str | None,
) -> None:
    """Write a study as one HTML page with figures.

    You can leave STUDY out if the database holds only one. The page lists all trials. It contains
    everything that it shows: it can be read offline, sent by mail and printed.

    \b
    sweep report digits_mlp
    sweep report digits_mlp -o report.html --figures figures/
    """
    for package in ("matplotlib", "jinja2"):
        if find_spec(package) is None:
            raise UsageError(
                f"A report needs the package {package}, which is not installed: "
                "run `pip install matplotlib jinja2`."
            )
    from sweep.report.figures import draw_all
    from sweep.report.page import page_of
    from sweep.results.data import load_study

    url = storage or storage_url(results)
    data = load_study(study_name(study, url), storage=url, prefer=prefer)
    pictures, missing = draw_all(data)
    file = output or Path(f"{data.summary.name}.html")
    try:
        write_text(file, page_of(data, pictures, missing))
        if figures is not None:
            figures.mkdir(parents=True, exist_ok=True)
            for picture in pictures:
                picture.save(figures)
    except OSError as error:
        place = file if figures is None else f"{file} or {figures}"
        raise UsageError(f"{place} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {format.path(file)}, with {len(pictures)} figures.")
    if figures is not None:
        click.echo(f"Wrote the figures to {format.path(figures)}, as SVG and as PNG.")
