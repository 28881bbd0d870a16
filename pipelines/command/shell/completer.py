"""Completion in the SQL shell: keywords, functions, relations and columns, and the shell's own commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from lake.catalog import Lake
from lake.errors import OdaError

DOT_COMMANDS = (".at", ".help", ".mode", ".quit", ".rows", ".schema", ".tables")

_NAMES = """
select distinct name, kind from (
    select table_name as name, 'relation' as kind from duckdb_tables() where database_name = 'lake'
    union all
    select view_name, 'relation' from duckdb_views() where database_name = 'lake'
    union all
    select column_name, 'column' from duckdb_columns() where database_name = 'lake'
    union all
    select keyword_name, 'keyword' from duckdb_keywords() where keyword_category <> 'unreserved'
    union all
    select function_name, 'function' from duckdb_functions() where regexp_full_match(function_name, '[a-z][a-z0-9_]+')
)
order by kind, name
"""

_ORDER = {"relation": 0, "column": 1, "keyword": 2, "function": 3}


class LakeCompleter(Completer):
    """Names that continue the word before the cursor; read from the lake once per lake opened."""

    def __init__(self, lake: Callable[[], Lake]) -> None:
        self._lake = lake
        self._read_from: Lake | None = None
        self._names: list[tuple[str, str]] = []

    def _known(self) -> list[tuple[str, str]]:
        lake = self._lake()
        if lake is not self._read_from:
            try:
                found = [(str(name), str(kind)) for name, kind in lake.rows(_NAMES)]
            except OdaError:
                found = []
            self._names = sorted(found, key=lambda item: (_ORDER[item[1]], item[0]))
            self._read_from = lake
        return self._names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
        """Completions for the word before the cursor, relations first."""
        before = document.text_before_cursor
        if before.lstrip().startswith(".") and " " not in before.strip():
            word = before.strip()
            yield from (Completion(name, -len(word)) for name in DOT_COMMANDS if name.startswith(word))
            return
        word = document.get_word_before_cursor(WORD=False)
        if not word.strip():
            return
        seen = set()
        for name, kind in self._known():
            if name.lower().startswith(word.lower()) and name not in seen:
                seen.add(name)
                yield Completion(name, -len(word), display_meta=kind)
