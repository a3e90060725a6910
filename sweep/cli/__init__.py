"""The command line: a module for each command, called as the command; nothing else prints.

Commands import what they need when they run, so that reading a study never imports TensorFlow
and `--help` imports next to nothing.
"""

from __future__ import annotations

from typing import Any

from sweep.cli.screen.interrupted import hear_interrupts, told_of_interruption

with told_of_interruption():  # the imports take a while where the disk is slow
    import click

    from sweep.cli.best import best
    from sweep.cli.check import check
    from sweep.cli.clean import clean
    from sweep.cli.compare import compare
    from sweep.cli.confirm import confirm
    from sweep.cli.dashboard import dashboard
    from sweep.cli.delete import delete
    from sweep.cli.export import export
    from sweep.cli.extend import extend
    from sweep.cli.importance import importance
    from sweep.cli.lineage import show_lineage
    from sweep.cli.list import list_studies
    from sweep.cli.new import new
    from sweep.cli.note import note
    from sweep.cli.predict import predict
    from sweep.cli.rebuild import rebuild
    from sweep.cli.replay import replay
    from sweep.cli.report import report
    from sweep.cli.retry import retry
    from sweep.cli.run import run
    from sweep.cli.show import show
    from sweep.cli.stop import stop
    from sweep.cli.tensorboard import tensorboard
    from sweep.errors import SweepError
    from sweep.namesake import refuse_namesake
    from sweep.results.format import text


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Turns what a person can fix into one sentence and its exit code."""
        try:
            with told_of_interruption():
                hear_interrupts()
                refuse_namesake()
                return super().invoke(ctx)
        except SweepError as error:
            click.echo(f"sweep: {text(error)}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="estimator-sweep")
def main() -> None:
    """Hyperparameter sweeps of TensorFlow Estimator models.

    A study file declares what to search and how to build one Estimator; `sweep run` trains and
    evaluates one for each set of params that Optuna samples, each in a process of its own, and
    keeps the results in an Optuna study, by default in results/studies.db.

    \b
    sweep run                    sweep studies/digits_mlp.py, the default study
    sweep new my_study           write a study file to begin with
    sweep run my_study           sweep a study of your own
    sweep show my_study          see its trials
    """


for command in (
    new,
    run,
    check,
    retry,
    extend,
    confirm,
    replay,
    stop,
    list_studies,
    show,
    best,
    compare,
    importance,
    show_lineage,
    report,
    note,
    dashboard,
    tensorboard,
    export,
    predict,
    clean,
    delete,
    rebuild,
):
    main.add_command(command)
