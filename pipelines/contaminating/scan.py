"""The scan of texts: windows of datasets against the items of some benchmarks, those of small datasets together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from pipelines.contaminating.index import Index, build, common_runs, hits, without
from pipelines.contaminating.parameters import Scanning
from pipelines.deduping.explain import tokens

WINDOW = 100_000
"""Rows scanned at once, which is what a kill can lose; the templates of a dataset are found in its first window."""

MATCHED = 300
"""Characters of a matched text that are kept."""

_LATER = ("dataset", "answer")
FOUND = pa.schema([column for column in CONTAMINATION.arrow_schema if column.name not in _LATER])
"""What a scan finds of a window: the columns of `contamination` that it knows by itself."""

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """A range of sample ids of a dataset; last: whether none come after it."""

    dataset: str
    low: int
    high: int
    samples: int
    first: bool
    last: bool

    @property
    def number(self) -> int:
        """The number of the dataset."""
        return self.low // ROWS_PER_DATASET


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
        """Read and index items; leaves them as the temporary table `benchmark_items`."""
        table = run(connection, "benchmark_items", benchmarks=benchmarks, version=version).to_arrow_table()
        texts = table.column("text").combine_chunks().cast(pa.large_string())
        named = table.column("benchmark").to_pylist()
        numbers = np.array([benchmarks.index(name) for name in named], np.int64)
        connection.register("arriving_items", table)
        connection.execute("create or replace temp table benchmark_items as from arriving_items")
        connection.unregister("arriving_items")
        plain, edited = (build(texts, numbers, scanning, edited=edited) for edited in (False, True))
        return cls(scanning, table.column("item_id").to_numpy(), named, texts, plain, edited)

    @contextmanager
    def findable(self, connection: Connection) -> Iterator[None]:
        """Make the SQL function `benchmark_runs(prompt, response)` known: words, runs and edited of two texts."""
        lists = duckdb.list_type(BIGINT)
        shape = duckdb.struct_type({"words": INTEGER, "runs": lists, "edited": lists})

        def benchmark_runs(prompts: Any, responses: Any) -> pa.Array:
            words, plain, edited = hits(self.plain, self.edited, _whole(prompts), _whole(responses))
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
    """Datasets against the items of some benchmarks, several small ones or a window of a large one at a time.

    - templates: of each dataset (its number), runs of both indices that say nothing there, known from its first window.
    """

    connection: Connection
    items: Items
    version: str
    templates: dict[int, tuple[Longs, Longs]] = field(default_factory=dict)

    def batch(self, windows: Sequence[Window]) -> pa.Table:
        """What windows hold of the items: the columns of `contamination` but `answer` and `dataset`.

        Only the first may begin within a dataset, and only the last end within one.
        """
        texts = self._texts(windows)
        if not windows[0].first and windows[0].number not in self.templates:
            begin = windows[0].number * ROWS_PER_DATASET
            opening = Window(windows[0].dataset, begin, begin + WINDOW - 1, WINDOW, first=True, last=False)
            self._learn([opening], self._texts([opening]))
        self._learn([window for window in windows if window.first], texts)
        found = [self._equal(windows)]
        groups, numbers = _groups(texts, windows)
        for place, (method, index) in enumerate({"runs": self.items.plain, "edited": self.items.edited}.items()):
            common = np.concatenate(
                [self.templates[number][place] | group << 32 for group, number in enumerate(numbers)]
            )
            telling = texts.set_column(
                texts.column_names.index(method), method, without(_lists(texts.column(method)), groups, common)
            )
            found.append(self._matches(telling, method, index))
        self.templates = {number: self.templates[number] for number in numbers[-1:]}
        return pa.concat_tables([*found, self._near(windows, pa.concat_tables(found))])

    def _near(self, windows: Sequence[Window], found: pa.Table) -> pa.Table:
        """Prompts that are nearly an item's, but for pairs that were found by their words."""
        rules = self.items.scanning
        given = {
            "ngram": rules.near_ngram,
            "least": min(rules.alike, rules.near),
            "short": rules.short,
            "common": rules.common_items,
        }
        keep(self.connection, "near", "near_prompts", **given, **_place(windows))
        self.connection.register("found_before", found)
        table = self.connection.execute(
            "select item_id, benchmark, near.sample_id, 'near' as method, "
            f"if(similarity >= {rules.near}, 'contaminated', 'trace') as verdict, null as coverage, "
            "null as weight, null as longest_run, words as item_words, 'prompt' as part, "
            f"left(text, {MATCHED}) as matched, similarity from near join benchmark_items using (item_id) "
            "anti join (from found_before where verdict = 'contaminated') as known "
            "on known.item_id = near.item_id and known.sample_id = near.sample_id order by all"
        ).to_arrow_table()
        self.connection.unregister("found_before")
        return table.cast(FOUND)

    def _texts(self, windows: Sequence[Window]) -> pa.Table:
        return run(self.connection, "scanned_texts", **_place(windows)).to_arrow_table().combine_chunks()

    def _learn(self, windows: Sequence[Window], texts: pa.Table) -> None:
        """Find the templates of datasets in their first windows, which lie in these texts."""
        if not windows:
            return
        groups, numbers = _groups(texts, windows)
        here = groups >= 0
        texts, groups = texts.filter(pa.array(here)).combine_chunks(), groups[here]
        prompts = texts.column("prompt").to_numpy()
        samples = np.array([window.samples for window in windows])
        common = [
            common_runs(_lists(texts.column(name)), groups, prompts, samples, self.items.scanning)
            for name in ("runs", "edited")
        ]
        for group, number in enumerate(numbers):
            plain, edited = (runs[runs >> 32 == group] & 0xFFFFFFFF for runs in common)
            self.templates[number] = plain, edited

    def _equal(self, windows: Sequence[Window]) -> pa.Table:
        keep(self.connection, "equal", "equal_prompts", version=self.version, **_place(windows))
        table = self.connection.execute(
            "select item_id, benchmark, sample_id, method, 'contaminated' as verdict, 1::double as coverage, "
            "1::double as weight, words as longest_run, words as item_words, 'prompt' as part, "
            f"left(text, {MATCHED}) as matched, null as similarity from equal "
            "join benchmark_items using (item_id) order by all"
        ).to_arrow_table()
        return table.cast(FOUND)

    def _matches(self, texts: pa.Table, method: str, index: Index) -> pa.Table:
        found = index.matches(_lists(texts.column(method)))
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
                "similarity": pa.nulls(len(item), pa.float64()),
            }
        ).cast(FOUND)


def _place(windows: Sequence[Window]) -> dict[str, Any]:
    return {"datasets": [window.dataset for window in windows], "low": windows[0].low, "high": windows[-1].high}


def _groups(texts: pa.Table, windows: Sequence[Window]) -> tuple[Longs, list[int]]:
    """Which of the windows' datasets each text is of, -1 for none of them, and the numbers of these datasets."""
    numbers = [window.number for window in windows]
    of = texts.column("sample_id").to_numpy() // ROWS_PER_DATASET
    places = np.searchsorted(numbers, of)
    known = np.array([*numbers, -1])[places] == of
    return np.where(known, places, -1), numbers


def _whole(texts: Any) -> Any:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _lists(column: pa.ChunkedArray) -> pa.ListArray:
    """Lists in one piece, as 32-bit or 64-bit offsets come."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.cast(pa.large_list(pa.int64()))
