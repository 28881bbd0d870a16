"""Writes docs/cli.md from the commands themselves: `python -m pipelines.command.reference`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from pipelines.command.main import app
from pipelines.command.terminal.help import GLOBAL_OPTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"

INTRODUCTION = """\
# The command `oda`

<!-- Written by `python -m pipelines.command.reference`; a test compares it with the commands. -->

Everything the command does is a function of `pipelines/`, so Dagster and Python reach the same results.

**Where.** The lake is the folder given by `--home`, else by `ODA_HOME`, else `./data`. Other settings are variables
`ODA_<NAME>` or keys of `oda.toml` in that folder: `threads`, `memory_limit`, `catalog`, `data_path`, `inbox`,
`follow_links`, `unpack_ratio`, `scorers`, `models`, `gpus`, `tensor_parallel`, `embedding_model`, `plots`, `author`,
`s3_endpoint`, `s3_region`.
Relative paths of the file start from its folder. A lake made by an older version is read as it is, what came later
being empty; the first command that writes migrates it and says so before (`oda init` does nothing else).

**What is given** is checked before anything runs: a value outside what its help says, an unknown name, and an option
that would have no effect beside another end with status 2.

**For programs.** With `--json`, before or after the sub-command, standard output is exactly one JSON document: an
array of objects for rows and lists, an object for a report. An error is one JSON object on standard error with
`error`, `message`, `hint` and `exit_code`. NULL, NaN and infinity are `null`.

**For people.** Colour and progress bars appear on terminals only; `NO_COLOR` turns colour off. Piped output is plain
text that is never cut to a width.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | failed: the message says what and why |
| 2 | wrong usage: a bad name, option, parameter or setting |
| 70 | a defect of the program; the traceback is in a file the message names (`ODA_DEBUG=1` prints it) |
| 130 | interrupted with Ctrl-C; what was committed is kept, run the same command again to continue |
| 141 | the reader of the output left, as in `oda sql … \\| head` |
| 143, 129 | ended by SIGTERM or SIGHUP; otherwise as 130 |

The first signal ends a command in order, within ten seconds; the second at once. Both lose nothing that was committed.

**Completion** of commands, options, datasets, slices and axes: `oda --install-completion`.
"""


def page() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("oda", ["--help"], resilient_parsing=True)
    parts = [INTRODUCTION, "## Options of every command\n", _table(_options(group, context, GLOBAL_OPTIONS))]
    parts += ["## Options of `oda` itself\n", _table(_options(group, context))]
    for name in group.list_commands(context):
        parts += _sections(group.get_command(context, name), f"oda {name}", context, level=2)
    return "\n".join(parts)


def _sections(command: Any, path: str, parent: Any, *, level: int) -> Iterator[str]:
    context = type(parent)(command, info_name=path.rsplit(" ", maxsplit=1)[-1], parent=parent)
    paragraphs = (command.help or "").split("\n\n")
    yield f"{'#' * level} `{path}`\n"
    yield "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs) + "\n"
    yield f"```\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    arguments = [p for p in command.get_params(context) if p.param_type_name == "argument"]
    rows = [(f"`{argument.metavar}`", argument.help or "") for argument in arguments]
    rows += _options(command, context)
    if rows:
        yield _table(rows)
    if command.epilog:
        yield f"```sh\n{command.epilog}\n```\n"
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _sections(command.get_command(context, name), f"{path} {name}", context, level=level + 1)


def _options(command: Any, context: Any, panel: str | None = None) -> list[tuple[str, str]]:
    found = []
    for parameter in command.get_params(context):
        if parameter.param_type_name != "option" or "--help" in parameter.opts:
            continue
        if getattr(parameter, "rich_help_panel", None) == panel and (record := parameter.get_help_record(context)):
            found.append((f"`{record[0]}`", record[1]))
    return found


def _table(rows: list[tuple[str, str]]) -> str:
    lines = ["| | |", "|---|---|"]
    lines += [f"| {name} | {text} |".replace("\n", " ") for name, text in ((n, t.replace("|", r"\|")) for n, t in rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")
