"""The command line: one module per command, with the command's name. Nothing else prints.

Each command imports what it needs when it runs. Reading a study therefore never imports
TensorFlow, and `--help` imports next to nothing.
"""

from __future__ import annotations

from typing import Any

from sweep.cli.screen.interrupted import hear_interrupts, told_of_interruption

with told_of_interruption():  # the imports take a while on a slow disk
    import click

    from sweep.cli.best import best
    from sweep.cli.check import check
    from sweep.cli.clean import clean
    from sweep.cli.compare import compare
    from sweep.cli.completion import completion
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
    from sweep.wording import listed


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Turns an error that a person can fix into one sentence and its exit code."""
        try:
            with told_of_interruption():
                hear_interrupts()
                refuse_namesake()
                return super().invoke(ctx)
        except click.NoSuchOption as error:
            owners = self._with_option(error.option_name)
            if not owners:
                raise
            raise click.UsageError(
                f"No such option {error.option_name!r}. It belongs to {listed(owners)}.", error.ctx
            ) from None
        except SweepError as error:
            click.echo(f"sweep: {text(error)}", err=True)
            ctx.exit(error.exit_code)

    def _with_option(self, option: str) -> list[str]:
        """The commands that have an option."""
        return [
            f"`sweep {name}`"
            for name, command in self.commands.items()
            if any(option in param.opts for param in command.params)
        ]


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="estimator-sweep")
def main() -> None:
    """Hyperparameter sweeps of TensorFlow Estimator models.

    A study file declares which params to search and how to build one Estimator. Optuna samples
    params, and `sweep run` trains and evaluates an Estimator for each set of them, in its own
    process. An Optuna study keeps the results, by default in results/studies.db.

    \b
    sweep run                    sweep studies/digits_mlp.py, the default study
    sweep new my_study           write a study file to start from
    sweep run my_study           sweep a study of your own
    sweep run task.py --vary …   sweep a program by its flags: see `sweep run --help`
    sweep show my_study          show its trials
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
    completion,
):
    main.add_command(command)
