"""`sweep dashboard`: the studies of a database in a browser."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from sweep.cli.options.completing import known_studies
from sweep.cli.options.page import page_options
from sweep.cli.options.study import study_name
from sweep.storage.url import storage_url


@click.command()
@click.argument("study", required=False, shell_complete=known_studies)
@page_options
def dashboard(
    study: str | None, host: str, port: int | None, browse: bool, results: Path, storage: str | None
) -> None:
    """Show studies in a browser, with optuna-dashboard.

    The dashboard runs until Ctrl-C, and shows a running sweep too. With STUDY, the address leads
    to that study. The dashboard has no password, and everyone who reaches it can change and delete
    studies. It therefore listens on this machine only, unless --host says otherwise.

    \b
    sweep dashboard                        every study in results/studies.db
    sweep dashboard digits_mlp --open      one of them, in a browser
    sweep dashboard --port 9000 --storage postgresql+psycopg://user@host/name
    """
    import optuna

    from sweep.cli.screen.page import announce, warn_of_others
    from sweep.viewers.dashboard import USUAL_PORT, dashboard_over
    from sweep.viewers.server import listen

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or storage_url(results)
    name = None if study is None else study_name(study, url)
    app, page = dashboard_over(url, results, name)
    with listen(host, port, USUAL_PORT) as server, suppress(KeyboardInterrupt):
        server.set_app(app)
        warn_of_others(host, "change and delete its studies")
        announce("optuna-dashboard", server.address + page, browse)
        server.serve_forever()
