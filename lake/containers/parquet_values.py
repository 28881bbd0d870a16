"""How large values of a Parquet row group are where its size does not tell: one may stand for a million rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_SMALL = 64 * 1024
"""A column of so many bytes holds no value that is large."""


def longest_repeated(path: Path, facts: Any, group: int) -> int:
    """The bytes of the longest text that stands in a dictionary of the row group; 0 when all are short."""
    columns = [facts.column(index) for index in range(facts.num_columns)]
    repeated = [
        column.path_in_schema
        for column in columns
        if column.physical_type == "BYTE_ARRAY"
        and column.has_dictionary_page
        and column.total_uncompressed_size > _SMALL
    ]
    if not repeated or not facts.num_rows:
        return 0
    with pq.ParquetFile(path, read_dictionary=repeated, buffer_size=1 << 20) as file:
        first = next(file.iter_batches(1, row_groups=[group], columns=repeated, use_threads=False))
    lengths = (pc.max(pc.binary_length(found.dictionary)).as_py() for found in _dictionaries(first.columns))
    return max((length or 0 for length in lengths), default=0)


def _dictionaries(arrays: list[pa.Array]) -> Iterator[pa.DictionaryArray]:
    for array in arrays:
        if pa.types.is_dictionary(array.type):
            yield array
        elif pa.types.is_struct(array.type):
            yield from _dictionaries([array.field(index) for index in range(array.type.num_fields)])
        elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_map(array.type):
            yield from _dictionaries([array.values])
