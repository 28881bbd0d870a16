"""`python -m pipelines.command` is the same as `oda`."""

from pipelines.command.main import run

run()
