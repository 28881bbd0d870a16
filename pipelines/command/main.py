"""The entry point: finds the sub-command, runs it, and turns every outcome into a message and an exit status."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from lake.errors import OdaError, UnknownNameError, is_interrupt
from lake.redaction import redact
from pipelines.command import interrupts
from pipelines.command.session import Home, Json, NoProgress, Quiet, Session, examples, read_globals
from pipelines.command.terminal.help import Group
from pipelines.command.terminal.output import ClosedOutput, Output, OutputError, abandon, coloured, dumps, styled

COMMANDS = (
    "init",
    "ingest",
    "datasets",
    "head",
    "sql",
    "axes",
    "models",
    "embed",
    "score",
    "judge",
    "profile",
    "dedup",
    "overlap",
    "lineage",
    "explain",
    "contamination",
    "slice",
    "export",
    "train",
    "runs",
    "evaluate",
    "leaderboard",
    "snapshots",
    "restore",
    "compact",
    "ui",
    "doctor",
    "demo",
)
"""Sub-commands in the order of the help; each is the module of that name in this package."""

EXIT_USAGE = 2
EXIT_UNEXPECTED = 70
EXIT_CLOSED_OUTPUT = 141


class LazyCommands(Group):
    """The sub-commands, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Names of all sub-commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is typer's
        """The sub-command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            module = importlib.import_module(f"pipelines.command.{cmd_name}")
            command = typer.main.get_command(module.app)
            command.name = cmd_name
            self.commands[cmd_name] = command
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name, sub-command and remaining arguments; raises UnknownNameError with close matches."""
        if not ctx.resilient_parsing and args[0] not in COMMANDS:
            raise UnknownNameError.of("command", args[0], COMMANDS, hint="See: oda --help")
        return super().resolve_command(ctx, args)


app = typer.Typer(cls=LazyCommands, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


def _show_version(context: typer.Context, value: bool) -> None:
    if not value:
        return
    from importlib.metadata import version

    versions = {"oda": version("oda-lake"), "duckdb": version("duckdb"), "python": sys.version.split()[0]}
    if isinstance(context.obj, Session) and context.obj.json:
        context.obj.out.document(versions)
    else:
        Output().line(f"oda {versions['oda']} (DuckDB {versions['duckdb']}, Python {versions['python']})")
    raise typer.Exit


@app.callback(
    epilog=examples(
        "oda demo  # the whole job on a small made-up arena",
        "oda ingest openr1.jsonl --domain math  # read a dataset into the lake",
        "oda score openr1 --axes mtld,compress_ratio  # measure it",
        "oda sql  # ask anything, in SQL",
    ),
)
def _oda(
    context: typer.Context,
    *,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Score, slice and export datasets for LLM post-training, in one lake that speaks SQL."""
    given = {"home": home, "json": json, "quiet": quiet, "no_progress": no_progress}
    context.obj = Session(**read_globals(context, given))


def main(arguments: list[str]) -> int:
    """Run the command with these arguments and return its exit status.

    0 done, 1 failed, 2 wrong usage, 70 a defect of the program, 130 interrupted, 141 the reader of the output left,
    143 terminated.
    """
    out = Output(json="--json" in arguments)
    try:
        status = _invoke(_asking_for_help(arguments) or ["--help"])
        out.flush()
        return status
    except ClosedOutput:
        abandon()
        return EXIT_CLOSED_OUTPUT
    except (KeyboardInterrupt, Exception) as error:
        return _failure(error, out)


def _asking_for_help(arguments: list[str]) -> list[str]:
    """`oda help COMMAND` as `oda COMMAND --help`."""
    return [*arguments[1:], "--help"] if arguments[:1] == ["help"] else arguments


def _failure(error: BaseException, out: Output) -> int:
    if interrupts.requested() or is_interrupt(error):  # what was stopped midway may have failed of it in any way
        return _interrupted(out)
    if isinstance(error, OutputError):
        abandon()
    if isinstance(error, OdaError):
        return _report(error.as_dict(), error.exit_code, out)
    if hasattr(error, "format_message"):  # what the command line parser raises
        return _report(_usage(error), EXIT_USAGE, out)
    return _report(_defect(error), EXIT_UNEXPECTED, out)


def _interrupted(out: Output) -> int:
    word, status = interrupts.outcome()
    return _report({"error": "Interrupted", "message": word, "hint": interrupts.HINT}, status, out)


@cache
def _group() -> Any:
    """The command as its parser sees it, with the sub-commands that were asked for so far."""
    return typer.main.get_command(app)


def _invoke(arguments: list[str]) -> int:
    group = _group()
    if "_ODA_COMPLETE" in os.environ:
        group.main(arguments, prog_name="oda")  # answers the shell and exits
    try:
        before = Session(json="--json" in arguments)
        with group.make_context("oda", list(arguments), obj=before) as context:
            group.invoke(context)
    except typer.Exit as finished:
        return finished.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    return 0


def _usage(error: Any) -> dict[str, object]:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "oda"
    return {"error": "UsageError", "message": error.format_message(), "hint": f"See: {path} --help"}


def _defect(error: BaseException) -> dict[str, object]:
    if os.environ.get("ODA_DEBUG"):
        sys.stderr.write(redact(traceback.format_exc()))
    message = f"Unexpected {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
    descriptor, name = tempfile.mkstemp(prefix="oda-error-", suffix=".txt")
    with os.fdopen(descriptor, "w") as report:
        report.write(redact(f"oda {' '.join(sys.argv[1:])}\n\n{traceback.format_exc()}"))
    hint = f"This is a defect of the program; the full traceback is in {Path(name)}."
    return {"error": type(error).__name__, "message": message, "hint": hint, "traceback": name}


def _report(error: dict[str, object], status: int, out: Output) -> int:
    """Print an error and return the exit status: one JSON object, or a message and its hint."""
    error = {key: redact(value) if isinstance(value, str) else value for key, value in error.items()}
    if out.json:
        sys.stderr.buffer.write(dumps({**error, "exit_code": status}) + b"\n")
        sys.stderr.flush()
        return status
    colour = coloured(sys.stderr)
    sys.stderr.write(styled("Error: ", "bold red", enabled=colour) + str(error["message"]) + "\n")
    if error.get("hint"):
        sys.stderr.write(str(error["hint"]) + "\n")
    return status
