"""`python -m pipelines` is the command `partnerships`."""

from pipelines.cli import main

main()
