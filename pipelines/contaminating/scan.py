"""The scan of texts: one window of a dataset after the other against the items of some benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BIGINT, INTEGER, VARCHAR

from lake.catalog import Connection
from lake.identity import ROWS_PER_DATASET
from lake.relations import keep, run
from lake.tables import CONTAMINATION
from pipelines.contaminating.index import Index, build, common_runs
from pipelines.contaminating.parameters import Scanning
from pipelines.deduping.explain import tokens

WINDOW = 100_000
"""Rows scanned at once, which is what a kill can lose; the templates of a dataset are found in its first window."""

MATCHED = 300
"""Characters of a matched text that are kept."""

_LATER = ("dataset", "similarity", "answer")
FOUND = pa.schema([column for column in CONTAMINATION.arrow_schema if column.name not in _LATER])
"""What a scan finds of a window: the columns of `contamination` that it knows by itself."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """A range of sample ids of a dataset; last: whether none come after it."""

    dataset: str
    low: int
    high: int
    samples: int
    first: bool
    last: bool


def windows(dataset: str, dataset_no: int, last_row: int, scanned_to: int) -> Iterator[Window]:
    """The windows of a dataset that lie behind what was scanned; they are cut at the same rows in every run."""
    begin = dataset_no * ROWS_PER_DATASET
    for row in range(0, max(1, last_row + 1), WINDOW):
        low, high = begin + row, begin + min(row + WINDOW, max(1, last_row + 1)) - 1
        if high > scanned_to:
            yield Window(dataset, low, high, high - low + 1, row == 0, high >= begin + last_row)


@dataclass
class Items:
    """The items of some benchmarks, indexed, with their texts; kept for as long as a scan needs them.

    - ids, benchmarks, texts: of the items, in order of ids.
    """

    scanning: Scanning
    ids: npt.NDArray[np.int64]
    benchmarks: list[str]
    texts: pa.Array
    plain: Index
    edited: Index
    spans: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection, benchmarks: list[str], version: str, scanning: Scanning) -> Items:
        """Read and index items; leaves them as the temporary table `benchmark_items`, without texts."""
        table = run(connection, "benchmark_items", benchmarks=benchmarks, version=version).to_arrow_table()
        texts = table.column("text").combine_chunks().cast(pa.large_string())
        named = table.column("benchmark").to_pylist()
        numbers = np.array([benchmarks.index(name) for name in named], np.int64)
        connection.register("arriving_items", table.drop_columns(["text"]))
        connection.execute("create or replace temp table benchmark_items as from arriving_items")
        connection.unregister("arriving_items")
        plain, edited = (build(texts, numbers, scanning, edited=edited) for edited in (False, True))
        return cls(scanning, table.column("item_id").to_numpy(), named, texts, plain, edited)

    @contextmanager
    def findable(self, connection: Connection) -> Iterator[None]:
        """Make the SQL function `benchmark_runs(prompt, response)` known: words, runs and edited of two texts."""
        hits = duckdb.list_type(BIGINT)
        shape = duckdb.struct_type({"words": INTEGER, "runs": hits, "edited": hits})

        def benchmark_runs(prompts: Any, responses: Any) -> pa.Array:
            both = [_whole(texts) for texts in (prompts, responses)]
            words, plain = self.plain.hits(*both)
            _, edited = self.edited.hits(*both)
            return pa.StructArray.from_arrays([pa.array(words), plain, edited], names=["words", "runs", "edited"])

        with suppress(duckdb.Error):
            connection.remove_function("benchmark_runs")
        connection.create_function(
            "benchmark_runs",
            benchmark_runs,
            [VARCHAR, VARCHAR],
            shape,
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
        try:
            yield
        finally:
            connection.remove_function("benchmark_runs")

    def matched(self, item: int, place: int, words: int) -> str:
        """The text of an item over so many words from a place on."""
        text = str(self.texts[item])
        if item not in self.spans:
            self.spans[item] = [(start, end) for _, start, end in tokens(text, characters=False)]
        spans = self.spans[item]
        if place + words > len(spans):  # compatibility forms change what a word is
            return text[:MATCHED]
        return text[spans[place][0] : spans[place + words - 1][1]][:MATCHED]


@dataclass
class Scan:
    """One dataset against the items of some benchmarks.

    - left_out: runs of both indices that are templates of the dataset, known from its first window on.
    """

    connection: Connection
    items: Items
    version: str
    left_out: tuple[Flags, Flags] | None = None

    def window(self, window: Window) -> pa.Table:
        """What a window holds of the items: the columns of `contamination` but `answer`."""
        texts = self._texts(window)
        if self.left_out is None:
            self.left_out = self._templates(window, texts)
        found = [self._equal(window)]
        indices = {"runs": self.items.plain, "edited": self.items.edited}
        for (method, index), left_out in zip(indices.items(), self.left_out, strict=True):
            found.append(self._matches(texts, method, index, left_out))
        return pa.concat_tables(found)

    def _texts(self, window: Window) -> pa.Table:
        place = {"dataset": window.dataset, "low": window.low, "high": window.high}
        return run(self.connection, "scanned_texts", **place).to_arrow_table().combine_chunks()

    def _templates(self, window: Window, texts: pa.Table) -> tuple[Flags, Flags]:
        if not window.first:
            begin = window.low // ROWS_PER_DATASET * ROWS_PER_DATASET
            window = Window(window.dataset, begin, begin + WINDOW - 1, WINDOW, first=True, last=False)
            texts = self._texts(window)
        prompts = texts.column("prompt").to_numpy()
        runs, edited = (_lists(texts.column(name)) for name in ("runs", "edited"))
        scanning = self.items.scanning
        return (
            common_runs(self.items.plain, runs, prompts, window.samples, scanning),
            common_runs(self.items.edited, edited, prompts, window.samples, scanning),
        )

    def _equal(self, window: Window) -> pa.Table:
        place = {"dataset": window.dataset, "low": window.low, "high": window.high}
        keep(self.connection, "equal", "equal_prompts", version=self.version, **place)
        table = self.connection.execute(
            "select item_id, benchmark, sample_id, method, 'contaminated' as verdict, 1::double as coverage, "
            "1::double as weight, words as longest_run, words as item_words, 'prompt' as part from equal "
            "join benchmark_items using (item_id) order by all"
        ).to_arrow_table()
        places = np.searchsorted(self.items.ids, table.column("item_id").to_numpy())
        texts = [str(self.items.texts[int(place)])[:MATCHED] for place in places]
        return table.append_column("matched", pa.array(texts, pa.string())).cast(FOUND)

    def _matches(self, texts: pa.Table, method: str, index: Index, left_out: Flags) -> pa.Table:
        found = index.matches(_lists(texts.column(method)), left_out)
        scanning, size = self.items.scanning, np.maximum(index.words[found["item"]], 1)
        coverage = found["covered"] / size
        if method == "edited":
            enough = (found["weight"] >= scanning.edited) & (size >= scanning.short)
            kept = enough
        else:
            enough = (found["weight"] >= scanning.least) & ((size >= scanning.short) | (coverage >= scanning.whole))
            kept = np.ones(len(size), np.bool_)
        chosen = {name: values[kept] for name, values in found.items()}
        item, row = chosen["item"], chosen["row"]
        begins = texts.column("words").to_numpy()[row]
        matched = [
            self.items.matched(*where)
            for where in zip(item.tolist(), chosen["item_place"].tolist(), chosen["longest"].tolist(), strict=True)
        ]
        return pa.table(
            {
                "item_id": self.items.ids[item],
                "benchmark": pa.array([self.items.benchmarks[place] for place in item.tolist()], pa.string()),
                "sample_id": texts.column("sample_id").to_numpy()[row],
                "method": pa.array([method] * len(item), pa.string()),
                "verdict": pa.array(np.where(enough[kept], "contaminated", "trace").tolist(), pa.string()),
                "coverage": coverage[kept],
                "weight": chosen["weight"],
                "longest_run": chosen["longest"],
                "item_words": index.words[item],
                "part": pa.array(np.where(chosen["place"] < begins, "prompt", "response").tolist(), pa.string()),
                "matched": pa.array(matched, pa.string()),
            }
        ).cast(FOUND)


def _whole(texts: Any) -> Any:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _lists(column: pa.ChunkedArray) -> pa.ListArray:
    """Lists in one piece, as 32-bit or 64-bit offsets come."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.cast(pa.large_list(pa.int64()))
