"""`python -m pipelines.command` is the same as `oda`."""

from pipelines.command.entry import run

run()
