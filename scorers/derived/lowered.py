"""The lower-cased text of a view, by the full Unicode rules."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from scorers.batch import Batch


def lowered(batch: Batch, view: str = "sample", raw: bool = False) -> pa.Array:
    """LargeString[n], as `str.lower` of every text.

    ASCII rows go through Arrow; the others through Python, whose rules for 'İ' and final sigma Arrow lacks.
    """
    array = batch.text(view, raw=raw)
    ascii_rows = pc.string_is_ascii(array)
    lower = pc.ascii_lower(array)
    if pc.all(ascii_rows).as_py() is not False:
        return lower
    others = pc.fill_null(pc.invert(ascii_rows), False)
    values = [value.lower() for value in array.filter(others).to_pylist()]
    return pc.replace_with_mask(lower, others, pa.array(values, pa.large_string()))
