"""The kernels of overlap as SQL functions: `letters(text)`, `shingle_share(one, other)` and keys of prompts."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BIGINT, DOUBLE, INTEGER, VARCHAR

from lake.catalog import Connection
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import contiguous, normalised, sign, write_hashes
from scorers.derived.buffers import buffers
from scorers.derived.shingle_classes import tables

Longs = npt.NDArray[np.int64]


def register(connection: Connection) -> None:
    """Make the functions known to a connection and its database; they are compiled on their first call.

    - letters(text): a hash of the letters and digits of a text, in lower case and in order; NULL for under 8 of them.
    - shingle_share(one, other, ngram := 3): the share of the word runs of a text that the other has too; NULL where
      either has none.
    - prompt_keys_of(prompt, answer, ngram, window): columns of `prompt_keys`: `words`, `letters`, `answer`, `runs`.
    """
    if connection.execute("select 1 from duckdb_functions() where function_name = 'prompt_keys_of'").fetchone():
        connection.execute(_MACRO)
        return
    keys = {"words": INTEGER, "letters": BIGINT, "answer": BIGINT, "runs": duckdb.list_type(BIGINT)}
    functions: tuple[tuple[str, Any, list[Any], Any], ...] = (
        ("prompt_keys_of", _prompt_keys, [VARCHAR, VARCHAR, INTEGER, INTEGER], duckdb.struct_type(keys)),
        ("letters", _letters, [VARCHAR], BIGINT),
        ("shingle_share_of", _share, [VARCHAR, VARCHAR, INTEGER], DOUBLE),
    )
    for name, function, given, returned in functions:
        connection.create_function(
            name, function, given, returned, type=PythonUDFType.ARROW, null_handling=FunctionNullHandling.SPECIAL
        )
    connection.execute(_MACRO)


_MACRO = """
create or replace temp macro shingle_share(one, other, ngram := 3) as shingle_share_of(one, other, ngram);
"""


def word_keys_of(texts: pa.Array, ngram: int = 0, window: int = 1) -> tuple[pa.Array, Longs, Longs, Longs]:
    """Keys (NULL for under 8 letters and digits), words[n], edges[n + 1] and the kept runs of texts, end to end."""
    from scorers.kernels.runs import word_keys  # late: numba

    data, offsets = contiguous(buffers(normalised(texts)))
    keys, counts, edges, runs = word_keys(data, offsets, *tables(), ngram, window)
    return pa.array(keys.view(np.int64), mask=keys == 0), counts, edges, runs.view(np.int64)


def _prompt_keys(prompts: Any, answers: Any, ngrams: Any, windows: Any) -> pa.Array:
    letters, counts, edges, runs = word_keys_of(_whole(prompts), ngrams[0].as_py(), windows[0].as_py())
    answer, *_ = word_keys_of(_whole(answers))
    lists = pa.ListArray.from_arrays(pa.array(edges.astype(np.int32)), pa.array(runs))
    columns = [pa.array(counts.astype(np.int32)), letters, answer, lists]
    return pa.StructArray.from_arrays(columns, names=["words", "letters", "answer", "runs"])


def _letters(texts: Any) -> pa.Array:
    return word_keys_of(_whole(texts))[0]


def _share(ones: Any, others: Any, ngrams: Any) -> pa.Array:
    from scorers.kernels.runs import shares  # late: numba

    signing = Signing("sample", "word", ngrams[0].as_py(), permutations=8)
    ones, others = _whole(ones), _whole(others)
    texts = pa.concat_arrays([ones.cast(pa.large_string()), others.cast(pa.large_string())])
    counts = sign(texts, signing)[0]
    edges = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(counts, out=edges[1:])
    hashes = np.empty(edges[-1], dtype=np.uint32)
    write_hashes(texts, signing, edges[:-1], hashes)
    rows = np.arange(len(ones), dtype=np.int64)
    absent = (counts[rows] == 0) | (counts[rows + len(ones)] == 0)
    return pa.array(shares(hashes, edges, rows, rows + len(ones)), mask=absent)


def _whole(texts: Any) -> pa.Array:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
