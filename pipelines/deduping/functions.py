"""The kernels of near-duplicates as SQL functions: `minhash(text)` and `shingle_jaccard(left, right)`.

DuckDB hands them whole vectors of texts as Arrow buffers, on all of its threads.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BIGINT, FLOAT, INTEGER, VARCHAR

from lake.catalog import Connection
from pipelines.deduping.parameters import LANES, Signing
from pipelines.deduping.texts import sign, write_hashes

LANE_NAMES = tuple(f"lane_{lane:02}" for lane in range(LANES))

_MACROS = """
create or replace temp macro minhash(text, unit := 'word', ngram := 5, permutations := 112, seed := 1) as
    minhash_of(text, unit, ngram, permutations, seed);
create or replace temp macro shingle_jaccard(one, other, unit := 'word', ngram := 5) as
    shingle_jaccard_of(one, other, unit, ngram);
"""


def register(connection: Connection) -> None:
    """Make the functions known to a connection and its database; they are compiled on their first call.

    - minhash(text, unit := 'word', ngram := 5, permutations := 112, seed := 1): a struct of `shingles`, `whole` and
      `lane_00` to `lane_15`, the columns of `signatures`. A NULL is an empty text.
    - shingle_jaccard(one, other, unit := 'word', ngram := 5): the exact Jaccard index of the shingles of two texts;
      NULL where one of them is NULL or neither has a shingle.
    """
    if not connection.execute("select 1 from duckdb_functions() where function_name = 'minhash_of'").fetchone():
        signature = {"shingles": INTEGER, "whole": BIGINT, **dict.fromkeys(LANE_NAMES, BIGINT)}
        functions: tuple[tuple[str, Any, list[Any], Any], ...] = (
            ("minhash_of", _minhash, [VARCHAR, VARCHAR, INTEGER, INTEGER, INTEGER], duckdb.struct_type(signature)),
            ("shingle_jaccard_of", _jaccard, [VARCHAR, VARCHAR, VARCHAR, INTEGER], FLOAT),
        )
        for name, function, given, returned in functions:
            connection.create_function(
                name, function, given, returned, type=PythonUDFType.ARROW, null_handling=FunctionNullHandling.SPECIAL
            )
    connection.execute(_MACROS)


def signature_columns(texts: pa.Array, signing: Signing) -> dict[str, pa.Array]:
    """The columns `shingles`, `whole` and `lane_00` to `lane_15` of texts."""
    counts, wholes, lanes = sign(texts, signing)
    unsigned, n = counts == 0, len(counts)
    columns = {
        "shingles": pa.array(counts.astype(np.int32)),
        "whole": pa.array(wholes.view(np.int64), mask=wholes == 0),
    }
    for lane, name in enumerate(LANE_NAMES):
        used = lane < len(lanes)
        columns[name] = pa.array(lanes[lane].view(np.int64), mask=unsigned) if used else pa.nulls(n, pa.int64())
    return columns


def _minhash(texts: Any, units: Any, ngrams: Any, permutations: Any, seeds: Any) -> pa.Array:
    texts = _whole(texts)
    given = [_constant(values) for values in (units, ngrams, permutations, seeds)]
    columns = signature_columns(texts, Signing("sample", *given))
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))


def _jaccard(ones: Any, others: Any, units: Any, ngrams: Any) -> pa.Array:
    from scorers.kernels.shingles import jaccard  # late: numba

    signing = Signing("sample", _constant(units), _constant(ngrams))
    ones, others = _whole(ones), _whole(others)
    absent = np.asarray(pc.or_(ones.is_null(), others.is_null()))
    texts = pa.concat_arrays([ones.cast(pa.large_string()), others.cast(pa.large_string())])
    counts = sign(texts, Signing("sample", signing.unit, signing.ngram, permutations=8))[0]
    edges = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(counts, out=edges[1:])
    hashes = np.empty(edges[-1], dtype=np.uint32)
    write_hashes(texts, signing, edges[:-1], hashes)
    rows = np.arange(len(ones), dtype=np.int64)
    values = jaccard(hashes, edges, rows, rows + len(ones))
    return pa.array(values, mask=absent | ((counts[rows] == 0) & (counts[rows + len(ones)] == 0)))


def _whole(texts: Any) -> pa.Array:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _constant(values: Any) -> Any:
    return values[0].as_py()
