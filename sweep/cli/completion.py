"""`sweep completion`: what a shell needs to complete this command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")
_START_OF_ZSH = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }"
"""What a ~/.zshrc may lack before it can name a completion."""


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes sweep's commands in a shell.

    It completes commands, options and their choices, the studies in studies/ and in the database,
    columns and metrics. Type the line of your shell once, then open a new shell:

    \b
    sweep completion bash >> ~/.bashrc
    sweep completion zsh >> ~/.zshrc
    sweep completion fish >> ~/.config/fish/config.fish
    """
    root = context.find_root()
    kind = get_completion_class(shell)
    assert kind is not None, "click knows these shells"
    source = kind(root.command, {}, "sweep", "_SWEEP_COMPLETE").source()
    if shell == "zsh":
        first, rest = source.split("\n", 1)  # the first has to stay the first in a file of $fpath
        source = f"{first}\n{_START_OF_ZSH}\n{rest}"
    click.echo(source)
