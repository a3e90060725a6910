"""`sweep completion`: what a shell needs to complete this command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes sweep's commands in a shell.

    It completes commands, options and their choices, the studies in studies/ and in the database,
    columns and metrics. Set it up once, then open a new shell:

    \b
    echo 'eval "$(sweep completion bash)"' >> ~/.bashrc
    echo 'eval "$(sweep completion zsh)"' >> ~/.zshrc
    sweep completion fish > ~/.config/fish/completions/sweep.fish
    """
    root = context.find_root()
    kind = get_completion_class(shell)
    assert kind is not None, "click knows these shells"
    click.echo(kind(root.command, {}, "sweep", "_SWEEP_COMPLETE").source())
