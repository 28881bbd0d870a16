"""Running SQL a person typed: rights checked, parameters bound, writes in one commit, complaints with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import duckdb

from lake import relations
from lake.catalog import Connection, Lake
from lake.confinement import confine
from lake.errors import OdaError, UnknownNameError, UsageError, is_interrupt
from lake.kinds import AnyText, Real, Whole
from lake.relations import literal
from pipelines.rights import HINT, check_names, check_statements, parsed
from pipelines.slicing.named import missing_axis

_ANALYZE = re.compile(r"explain\s*\(?\s*analy[sz]e", re.IGNORECASE)
_FUNCTIONS = re.compile(r"\b(minhash|shingle_jaccard|letters|shingle_share)\s*\(", re.IGNORECASE)
_HUGEINT = Whole(1 - 2**127, 2**127 - 1)
FETCH = 2048


class QueryError(OdaError):
    """A statement DuckDB refused, with its reason."""


@dataclass(frozen=True)
class Step:
    """One statement with the values of the parameters it names.

    - text: its SQL; empty for a part of a pivot, which DuckDB cuts into several statements.
    - source: the whole SQL it came in.
    - free: whether it may leave the lake (files, other databases, configuration).
    """

    statement: duckdb.Statement
    text: str
    source: str
    values: dict[str, Any]
    free: bool = False

    @property
    def kind(self) -> duckdb.StatementType:
        """What DuckDB takes it for."""
        return self.statement.type

    @property
    def prepares(self) -> bool:
        """Whether it is the first part of a pivot, which finds the columns."""
        return self.kind == duckdb.StatementType.CREATE and not self.text

    @property
    def reads(self) -> bool:
        """Whether it is a select (or describe, summarize, explain, part of a pivot) and changes nothing."""
        if self.kind == duckdb.StatementType.EXPLAIN:
            return not _ANALYZE.match(self.text)
        return self.selects or self.prepares

    @property
    def selects(self) -> bool:
        """Whether it gives the rows of a select."""
        return self.kind == duckdb.StatementType.SELECT


@contextmanager
def explained(lake: Lake | None = None) -> Iterator[None]:
    """Turn DuckDB's errors into QueryError, or what they say of an axis that is not scored in the lake.

    Raises QueryError with the place in the text and close names, where DuckDB gives them.
    """
    try:
        yield
    except RuntimeError as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from None
        raise
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        if lake is not None and (why := missing_axis(lake, error)) is not None:
            raise why from error
        text = str(error).strip()
        hint = ""
        if "read-only mode" in text or "read only" in text.lower():
            hint = "oda sql reads only; to change the lake, run it again with --write."
        elif isinstance(error, duckdb.PermissionException):
            hint = HINT
        elif isinstance(error, duckdb.CatalogException) and "does not exist" in text:
            hint = 'See what there is with: oda sql "show tables"'
        raise QueryError(re.sub(r"\n\n+", "\n", text), hint=hint) from error


def steps(text: str, given: dict[str, str], *, name: str = "the query", free: bool = False) -> list[Step]:
    """The statements of a text with their parameters; `free` ones may leave the lake.

    Parameters declared in the text's header are typed; without a header, `1`, `1.5`, `true` and `null` are taken as
    such and everything else as text. Raises UsageError for a missing, mistyped or unused one, and for a statement that
    is not free and of a kind that leaves the lake.
    """
    declared = relations.parse(text, name=name).parameters
    with explained():
        statements = duckdb.extract_statements(text) if free else parsed(text)
    if not statements:
        raise UsageError("There is no statement to run.", hint='For example: oda sql "from datasets"')
    if not free:
        check_statements(text, statements)
    wanted: set[str] = set().union(*(statement.named_parameters for statement in statements))
    if declared:
        values = relations.bind(declared, dict(given), of=name)
    else:
        values = {key: _guess(value) for key, value in given.items()}
        for key in values:
            if key not in wanted:
                raise UnknownNameError.of(f"parameter of {name}", key, wanted)
    for key in sorted(wanted - set(values)):
        if key.isdigit():
            raise UsageError("Positional parameters cannot be given.", hint="Name them: $limit, then -p limit=10.")
        raise UsageError(f"The parameter {key} has no value.", hint=f"Give it with -p {key}=VALUE.")
    return [
        Step(
            statement=statement,
            text=statement.query.strip().rstrip(";"),
            source=text,
            values={key: value for key, value in values.items() if key in statement.named_parameters},
            free=free,
        )
        for statement in statements
        # The transaction around the parts of a pivot would end the one they are run in.
        if statement.query or statement.type != duckdb.StatementType.TRANSACTION
    ]


def _guess(value: str) -> Any:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value.lower() == "null":
        return None
    for kind in (_HUGEINT, Real()):
        with suppress(UsageError):
            return kind(value)
    return AnyText()(value)


@dataclass
class Result:
    """Columns of a statement and its rows, fetched as they are asked for."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    chunks: Iterator[list[tuple[Any, ...]]]


def _result(cursor: Connection) -> Result:
    columns, types = names_and_types(cursor)
    return Result(columns, types, _chunks(cursor))


def names_and_types(cursor: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names, made unique as `a`, `a_1`, and SQL types of what ran last."""
    names: list[str] = []
    for name, *_ in cursor.description or []:
        unique, copy = name, 0
        while unique in names:
            copy += 1
            unique = f"{name}_{copy}"
        names.append(unique)
    return tuple(names), tuple(str(kind) for _, kind, *_ in cursor.description or [])


def _chunks(cursor: Connection) -> Iterator[list[tuple[Any, ...]]]:
    while True:
        with explained():
            rows = cursor.fetchmany(FETCH)
        if not rows:
            return
        yield rows


def _provide_functions(lake: Lake, todo: list[Step]) -> None:
    """Register the kernels where a statement calls one: half a second that others are spared."""
    if any(_FUNCTIONS.search(step.text) for step in todo):
        from pipelines.deduping import functions as of_near_duplicates  # late: numba
        from pipelines.overlapping import functions as of_overlap

        for functions in (of_near_duplicates, of_overlap):
            functions.register(lake.connection)


def restrict(lake: Lake, *, free: bool) -> None:
    """Prepare a lake just opened for the SQL of a person: nothing but the lake can be reached unless `free`."""
    lake.connection.execute("set python_enable_replacements = false")
    lake.connection.execute("set arrow_lossless_conversion = true")  # types survive on the way to a file
    lake.connection.execute("set arrow_large_buffer_size = true")  # 32-bit offsets end at 2 GB of text a batch
    if not free:
        confine(lake)


def _check(lake: Lake, todo: list[Step]) -> None:
    for text in {step.source for step in todo if not step.free}:
        check_names(lake.connection, text)


def run(lake: Lake, todo: list[Step], *, message: str = "") -> Result:
    """Run statements in order and return the result of the last.

    Where any of them may write and the lake is open for writing, all run in one commit with the message.
    """
    _check(lake, todo)
    _provide_functions(lake, todo)
    if lake.read_only or all(step.reads for step in todo):
        with explained(lake):
            for step in todo:
                lake.connection.execute(step.statement, step.values or None)
        return _result(lake.connection)

    def work(connection: Connection) -> Result:
        for step in todo:
            connection.execute(step.statement, step.values or None)
        columns, types = names_and_types(connection)
        return Result(columns, types, iter([connection.fetchall()]))

    with explained(lake):
        return lake.transact(
            work, message=message or "sql: " + " ".join((todo[-1].text or todo[-1].source).split())[:80]
        )


def count(lake: Lake, step: Step) -> int | None:
    """How many rows a select has, without fetching them; None for other statements."""
    if not step.selects or not step.text:
        return None
    with explained():
        row = lake.connection.execute(f"select count(*) from (\n{step.text}\n)", step.values or None).fetchone()
    return int(row[0]) if row else None


def to_parquet(lake: Lake, todo: list[Step], path: str) -> int:
    """Write the rows of the last statement, a select, to a Parquet file; returns their number.

    They are given as batches to a DuckDB of our own that only writes, so the types are those of its `copy`.

    Raises UsageError where the last statement is no select.
    """
    *before, last = todo
    if not last.selects:
        raise UsageError("Only the rows of a select can go to Parquet.")
    _check(lake, todo)
    _provide_functions(lake, todo)
    if before:
        run(lake, before)
    with explained(lake), duckdb.connect() as writer:
        lake.connection.execute(last.statement, last.values or None)
        writer.execute("set enable_progress_bar = false")
        writer.execute(f"set memory_limit = {literal(lake.settings.memory_limit)}")
        writer.execute("set TimeZone = 'UTC'")
        writer.register("rows_of_the_query", lake.connection.to_arrow_reader(FETCH))
        copy = f"copy rows_of_the_query to {literal(path)} (format parquet, compression zstd)"
        row = writer.execute(copy).fetchone()
    return int(row[0]) if row else 0
