"""What the SQL of a person may do: read the lake and compute; with the right to write, change its relations.

Never: files, other databases and servers, extensions, secrets, configuration, DuckLake's own catalogue. A text is read
as DuckDB's tokens, so that quotes and comments hide nothing, and so are the views and macros that it names: a lake may
come from somebody else. `lake.confinement` is the other lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from lake.catalog import Connection
from lake.confinement import METADATA
from lake.errors import UsageError
from lake.extensions import reader_of_texts
from pipelines.table_functions import FORBIDDEN_CALLS

HINT = "SQL sees only the relations of the lake; for SQL and a lake that you trust there is: oda sql --allow-files"

_KINDS = frozenset(
    getattr(duckdb.StatementType, name)
    for name in ("SELECT", "EXPLAIN", "CREATE", "DROP", "ALTER", "INSERT", "UPDATE", "DELETE", "MERGE_INTO", "SET")
)
_READS = frozenset({"select", "from", "with", "values", "table", "describe", "desc", "show", "summarize", "("})
_PIVOTS = frozenset({"pivot", "pivot_wider", "pivot_longer", "unpivot"})
_QUERIES = _READS | _PIVOTS | {"insert", "update", "delete", "truncate", "merge"}
_DEFINITIONS = frozenset({"create", "drop", "alter"})
_DEFINED = frozenset(["table", "view", "macro", "function", "type", "sequence", "schema", "index"])
_ADJECTIVES = frozenset(["or", "replace", "temp", "temporary", "local", "global", "unlogged", "recursive", "unique"])
_PRAGMAS = frozenset(["table_info", "version", "show_tables", "database_size", "database_list", "collations"])


def parsed(text: str) -> list[duckdb.Statement]:
    """The statements of a text; raises DuckDB's error where it does not parse and UsageError where it imports files."""
    # `import database` and some pragmas are replaced while parsing, by what stands in files.
    try:
        return reader_of_texts().extract_statements(text)
    except (duckdb.PermissionException, duckdb.IOException):
        raise _refused("it imports files") from None


def check_statements(text: str, statements: list[duckdb.Statement]) -> None:
    """Raise UsageError where a statement is of a kind that nobody's query may be."""
    for words in _sources(text):
        _check_source(words)
    for statement in statements:
        # What a pivot stands for is set in transaction statements without a text; a person's own have one.
        wrapped = statement.type == duckdb.StatementType.TRANSACTION and not statement.query
        if statement.type not in _KINDS and not wrapped:
            raise _refused(f"{statement.type.name.lower().replace('_', ' ')} is not among what it may do")


def check_names(connection: Connection, text: str) -> None:
    """Raise UsageError where a text, or a view or macro it names, calls what leads out of the lake."""
    texts = [text]
    defined: dict[str, list[str]] | None = None
    while texts:
        tokens = list(_tokens(texts.pop()))
        _check_tokens(tokens)
        if defined is None:
            defined = _defined(connection)
        for name in {token for kind, token in tokens if kind == "name"} & defined.keys():
            texts += defined.pop(name)


def _check_tokens(tokens: list[tuple[str, str]]) -> None:
    for place, (kind, token) in enumerate(tokens):
        if METADATA in token:
            raise _refused("it names the database in which DuckLake keeps its catalogue")
        called = kind == "name" and place + 1 < len(tokens) and tokens[place + 1] == ("sign", "(")
        if called and token in FORBIDDEN_CALLS and not _is_aggregate(tokens, place):
            raise _refused(f"it calls {token}(…)")


def _is_aggregate(tokens: list[tuple[str, str]], place: int) -> bool:
    """Whether this is the aggregate histogram(x); the table function takes the name of a table and more."""
    if tokens[place][1] != "histogram":
        return False
    depth = 0
    for _, token in tokens[place + 1 :]:
        depth += (token in "([{") - (token in ")]}")
        if depth == 1 and token == ",":
            return False
        if depth == 0:
            return True
    return False


def _defined(connection: Connection) -> dict[str, list[str]]:
    """The text of every view and macro that does not come with DuckDB, by lower-case name."""
    rows = connection.execute(
        "select view_name, sql from duckdb_views() where not internal union all "
        "select function_name, macro_definition from duckdb_functions() "
        "where not internal and macro_definition is not null"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for name, text in rows:
        found.setdefault(str(name).lower(), []).append(str(text or ""))
    return found


def _check_source(words: list[str]) -> None:
    first = words[0]
    if first == "explain":
        _check_source(_explained(words))
        return
    if first in _QUERIES or first == "comment":
        return
    if first in _DEFINITIONS:
        kind = next((word for word in words[1:] if word not in _ADJECTIVES), "")
        if kind not in _DEFINED:
            raise _refused(f"{first} {kind} is not among what it may do")
    elif first in ("set", "reset"):
        if words[1:2] != ["variable"]:
            raise _refused(f"{first} changes the configuration")
    elif first != "pragma" or words[1:2] == [] or words[1] not in _PRAGMAS:
        raise _refused(f"{first} is not among what it may do")


def _explained(words: list[str]) -> list[str]:
    """What an explain is of, without its options; `explain analyze` runs it."""
    place = 1
    while place < len(words) and words[place] in ("analyze", "verbose"):
        place += 1
    if words[place : place + 1] == ["("] and words[place + 1 : place + 2] not in (["select"], ["from"], ["with"]):
        place = words.index(")", place) + 1 if ")" in words[place:] else len(words)
    inner = words[place:]
    if not inner or inner[0] not in _QUERIES | _DEFINITIONS:
        raise _refused(f"explain of {inner[0] if inner else 'nothing'} is not among what it may do")
    return inner


def _sources(text: str) -> Iterator[list[str]]:
    """The words of each statement of a text."""
    words: list[str] = []
    for kind, token in _tokens(text):
        if (kind, token) != ("sign", ";"):
            words.append(token)
        elif words:
            yield words
            words = []
    if words:
        yield words


_NAME = re.compile(r"[^\W]\w*\$?[\w$]*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each token as DuckDB cuts them, lower case: name, text (a string) or sign."""
    data = text.encode()
    places = duckdb.tokenize(text)
    ends = [place for place, _ in places[1:]] + [len(data)]
    for (place, kind), end in zip(places, ends, strict=True):
        token = data[place:end].decode("utf-8", "replace").lower()
        if kind in (duckdb.token_type.identifier, duckdb.token_type.keyword):
            if quoted := _QUOTED.match(token):
                yield "name", quoted[1].replace('""', '"')
                continue
            if found := _NAME.match(token):
                yield "name", found[0]
                continue
        if kind == duckdb.token_type.string_const:
            yield "text", token
        elif token.strip():
            yield "sign", token.strip()[0]


def _refused(why: str) -> UsageError:
    return UsageError(f"This SQL is refused: {why}.", hint=HINT)
