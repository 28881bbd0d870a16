"""Running SQL a person typed: parameters bound, writes in one commit, DuckDB's complaints as errors with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import duckdb

from lake import relations
from lake.catalog import Connection, Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.kinds import AnyText, Real, Whole
from pipelines.command.interrupts import is_interrupt

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_FUNCTIONS = re.compile(r"\b(minhash|shingle_jaccard)\s*\(", re.IGNORECASE)
_HUGEINT = Whole(1 - 2**127, 2**127 - 1)
FETCH = 2048


class QueryError(OdaError):
    """A statement DuckDB refused, with its reason."""


@dataclass(frozen=True)
class Step:
    """One statement with the values of the parameters it names."""

    text: str
    kind: duckdb.StatementType
    values: dict[str, Any]

    @property
    def reads(self) -> bool:
        """Whether it is a select (or describe, summarize, explain) and changes nothing."""
        return self.kind in _READING

    @property
    def selects(self) -> bool:
        """Whether it can stand inside another select."""
        return self.kind == duckdb.StatementType.SELECT


@contextmanager
def explained() -> Iterator[None]:
    """Turn DuckDB's errors into QueryError."""
    try:
        yield
    except RuntimeError as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from None
        raise
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        text = str(error).strip()
        hint = ""
        if "read-only mode" in text or "read only" in text.lower():
            hint = "oda sql reads only; to change the lake, run it again with --write."
        elif isinstance(error, duckdb.CatalogException) and "does not exist" in text:
            hint = 'See what there is with: oda sql "show tables"'
        raise QueryError(re.sub(r"\n\n+", "\n", text), hint=hint) from None


def steps(text: str, given: dict[str, str], *, name: str = "the query") -> list[Step]:
    """The statements of a text with their parameters.

    Parameters declared in the text's header are typed; without a header, `1`, `1.5`, `true` and `null` are taken as
    such and everything else as text. Raises UsageError for a missing, mistyped or unused one.
    """
    declared = relations.parse(text, name=name).parameters
    with explained():
        statements = duckdb.extract_statements(text)
    if not statements:
        raise UsageError("There is no statement to run.", hint='For example: oda sql "from datasets"')
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
            text=statement.query.strip().rstrip(";"),
            kind=statement.type,
            values={key: value for key, value in values.items() if key in statement.named_parameters},
        )
        for statement in statements
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
    """Register `minhash` and `shingle_jaccard` where a statement calls them: half a second that others are spared."""
    if any(_FUNCTIONS.search(step.text) for step in todo):
        from pipelines.deduping.functions import register  # late: numba

        register(lake.connection)


def run(lake: Lake, todo: list[Step], *, message: str = "") -> Result:
    """Run statements in order and return the result of the last.

    Where any of them may write and the lake is open for writing, all run in one commit with the message.
    """
    _provide_functions(lake, todo)
    if lake.read_only or all(step.reads for step in todo):
        with explained():
            for step in todo:
                lake.connection.execute(step.text, step.values or None)
        return _result(lake.connection)

    def work(connection: Connection) -> Result:
        for step in todo:
            connection.execute(step.text, step.values or None)
        columns, types = names_and_types(connection)
        return Result(columns, types, iter([connection.fetchall()]))

    with explained():
        return lake.transact(work, message=message or "sql: " + " ".join(todo[-1].text.split())[:80])


def count(lake: Lake, step: Step) -> int | None:
    """How many rows a select has, without fetching them; None for other statements."""
    if not step.selects:
        return None
    with explained():
        row = lake.connection.execute(f"select count(*) from (\n{step.text}\n)", step.values or None).fetchone()
    return int(row[0]) if row else None


def to_parquet(lake: Lake, todo: list[Step], path: str) -> int:
    """Write the rows of the last statement, a select, to a Parquet file; returns their number."""
    *before, last = todo
    _provide_functions(lake, todo)
    if not last.selects:
        raise UsageError("Only the rows of a select can go to Parquet.")
    target = "'" + path.replace("'", "''") + "'"
    if before:
        run(lake, before)
    with explained():
        copy = f"copy (\n{last.text}\n) to {target} (format parquet, compression zstd)"
        row = lake.connection.execute(copy, last.values or None).fetchone()
    return int(row[0]) if row else 0
