"""How a command that reads prints what it found."""

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
