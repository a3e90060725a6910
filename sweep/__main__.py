"""python -m sweep"""

from sweep.cli import main

main(prog_name="sweep")
