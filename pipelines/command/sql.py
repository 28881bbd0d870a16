"""`oda sql`: a query, a file, standard input or an interactive shell over every relation of the lake."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from lake.errors import UsageError
from lake.kinds import OneOf
from lake.values import ANY_COUNT, PARAMETER, PATH, QUERY, SNAPSHOT, TEXT
from pipelines.command.session import Session, single
from pipelines.command.terminal import table
from pipelines.command.terminal.results import show

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.command.query import Step


class OutputFormat(StrEnum):
    """How rows are written."""

    table = "table"
    vertical = "vertical"
    csv = "csv"
    json = "json"
    parquet = "parquet"


@single(
    "sql",
    "oda sql  # an interactive shell with history and completion",
    "oda sql \"select dataset, rows from datasets where kind = 'train'\"",
    'oda sql "from scored where mtld > $least" -p least=80 --format csv -o rich.csv',
    "oda sql -f recipe.sql -p tokens=50e6  # a file with typed parameters",
    "oda sql --write \"delete from rejects where dataset = 'gone'\"",
    "oda sql --allow-files \"from scored join 'labels.csv' using (sample_id)\"",
    'oda sql --at 3 "from datasets"  # as it was at snapshot 3',
    'oda sql --format vertical "from samples limit 2"  # texts in full, a line a value',
)
def app(
    session: Session,
    *,
    query: Annotated[
        str | None, QUERY, typer.Argument(metavar="QUERY", help="SQL to run; none for a shell, or for standard input.")
    ] = None,
    file: Annotated[
        Path | None, PATH, typer.Option("--file", "-f", metavar="FILE", help="Run the SQL of a file.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        PARAMETER,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Value of $NAME in the SQL; repeatable."),
    ] = None,
    output_format: Annotated[
        str | None,
        OneOf("format", tuple(OutputFormat)),
        typer.Option(
            "--format", metavar="FORMAT", help="table, vertical, csv, json or parquet; default: by -o, else table."
        ),
    ] = None,
    output: Annotated[
        Path | None, PATH, typer.Option("--output", "-o", metavar="FILE", help="Write the rows to a file.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Allow changes; all statements in one commit.")] = False,
    allow_files: Annotated[
        bool,
        typer.Option(
            "--allow-files", help="Let the SQL leave the lake: files, databases, settings; for SQL you trust."
        ),
    ] = False,
    message: Annotated[
        str, TEXT, typer.Option("--message", "-m", metavar="TEXT", help="Message of the commit, with --write.")
    ] = "",
    at: Annotated[
        int | None, SNAPSHOT, typer.Option("--at", metavar="SNAPSHOT", help="Read the lake as it was then.")
    ] = None,
    limit_rows: Annotated[
        int, ANY_COUNT, typer.Option("--limit-rows", metavar="N", help="Rows a table shows; 0 shows all.")
    ] = 1000,
) -> None:
    """Query the lake in SQL (DuckDB's dialect).

    Reads the lake and nothing else: no file, server or setting. --write lets it change the lake's relations, and
    only --allow-files lets it leave the lake. A table shows the first rows and shortens wide cells; vertical has a
    line for each value, in full; csv, json and parquet hold every row in full. Of several statements the result of the
    last is shown.
    """
    if write and at is not None:
        raise UsageError("A snapshot of the past cannot be changed.", hint="Use --at without --write.")
    if not write:
        session.refuse("message", beside="a query that only reads", hint="Add --write.")
    text = _text(query, file)
    if text is None:
        session.refuse("parameter", "output_format", "output", "limit_rows", beside="the shell", hint="Give a query.")
        _interactive(session, write=write, at=at, free=allow_files)
        return
    from lake.own_folders import refuse_own_folder
    from pipelines.command.query import restrict, steps

    form = _format(session, OutputFormat(output_format) if output_format else None, output)
    if form is not OutputFormat.table or output is not None:
        session.refuse("limit_rows", beside="anything but a table on the screen")
    todo = steps(text, pairs(parameter or []), name=file.name if file else "the query", free=allow_files)
    if output is not None:
        refuse_own_folder(session.settings(), output)
    with session.lake(write=write, snapshot=at) as lake:
        restrict(lake, free=allow_files)
        if output is not None:
            _to_file(session, lake, todo, form=form, path=output, message=message)
        elif form is OutputFormat.table:
            show(session.out, lake, todo, limit=limit_rows, message=message)
        else:
            from pipelines.command import query as queries
            from pipelines.command.terminal import rows

            rows.WRITERS[form.value](queries.run(lake, todo, message=message), session.out.write)


def _text(query: str | None, file: Path | None) -> str | None:
    """The SQL to run; None for the interactive shell."""
    if query is not None and file is not None:
        raise UsageError("Give a query or a file, not both.")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"Cannot read {file}: {reason}.", hint="It is to hold SQL.").about(file) from None
    if query is not None:
        return query
    return None if sys.stdin.isatty() else sys.stdin.read()


def pairs(given: list[str]) -> dict[str, str]:
    """`name=value` arguments as a mapping; raises UsageError for one without a name."""
    pairs = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{item!r} is not a parameter.", hint="Write it as NAME=VALUE: -p least=80")
        if name.strip() in pairs:
            raise UsageError(f"The parameter {name.strip()} has two values (--parameter).", hint="Give it one.")
        pairs[name.strip()] = value
    return pairs


def _format(session: Session, asked: OutputFormat | None, output: Path | None) -> OutputFormat:
    if output is None:
        if asked is OutputFormat.parquet:
            raise UsageError("Parquet needs a file to go to.", hint="Add -o FILE.parquet")
        if session.json and asked not in (None, OutputFormat.json):
            raise UsageError(f"--json and --format {asked} contradict each other.")
        return OutputFormat.json if session.json else asked or OutputFormat.table
    if asked is not None:
        return asked
    suffix = output.suffix.lower().lstrip(".")
    if suffix not in OutputFormat.__members__ or suffix in ("table", "vertical"):
        raise UsageError(f"No format is known by the name of {output.name}.", hint="Add --format csv, json or parquet.")
    return OutputFormat(suffix)


@contextlib.contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes `path` only when all is written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror or error}.") from None
    finally:
        draft.unlink(missing_ok=True)


def _to_file(session: Session, lake: Lake, todo: list[Step], *, form: OutputFormat, path: Path, message: str) -> None:
    from pipelines.command import query
    from pipelines.command.terminal import rows

    if not path.parent.is_dir():
        raise UsageError(f"The folder {path.parent} does not exist.", hint=f"mkdir -p {path.parent}")
    with _partial(path) as draft:
        if form is OutputFormat.parquet:
            total = query.to_parquet(lake, todo, str(draft))
        elif form is OutputFormat.table:
            with draft.open("w", encoding="utf-8") as text:
                result = query.run(lake, todo, message=message)
                everything = [row for chunk in result.chunks for row in chunk]
                text.writelines(line + "\n" for line in table.lines(result.columns, everything, width=10**6))
                total = len(everything)
        else:
            with draft.open("wb") as data:

                def write(chunk: bytes, into: BinaryIO = data) -> None:
                    into.write(chunk)

                total = rows.WRITERS[form.value](query.run(lake, todo, message=message), write)
    if session.json:
        session.out.document({"file": str(path), "format": form.value, "rows": total, "bytes": path.stat().st_size})
    else:
        session.out.line(f"{table.count(total, 'row')} in {path} ({table.size(path.stat().st_size)}).")


def _interactive(session: Session, *, write: bool, at: int | None, free: bool) -> None:
    if session.json:
        raise UsageError("--json needs a query.", hint='For example: oda sql --json "from datasets"')
    from pipelines.command.shell import shell

    shell.run(session, write=write, at=at, free=free)
