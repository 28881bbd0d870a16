"""The text of a view of the samples.

`sample` is instruction and response joined by a line feed, leaving out what is empty or missing; `instruction`
and `response` are those columns, NULL where missing. An Alpaca input is already part of the instruction.
`both` joins them whatever is empty, as some of the reference's scorers do. Texts are in NFC, as content ids are, so
that equal content has equal scores; `raw` leaves them as stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from scorers.batch import Batch

VIEWS = ("sample", "instruction", "response", "both")


def text(batch: Batch, view: str = "sample", raw: bool = False) -> pa.Array:
    """LargeString[n]; never NULL for `sample` and `both`."""
    if view not in ("sample", "both"):
        return _composed(batch.column(view), raw)
    instruction, response = (
        pc.fill_null(_composed(batch.column(name), raw), "") for name in ("instruction", "response")
    )
    if view == "both":
        return pc.binary_join_element_wise(instruction, response, pa.scalar("\n", pa.large_string()))
    both = pc.and_(pc.not_equal(instruction, ""), pc.not_equal(response, ""))
    separators = pc.if_else(both, pa.scalar("\n", pa.large_string()), pa.scalar("", pa.large_string()))
    return pc.binary_join_element_wise(instruction, response, separators)


def _composed(array: pa.Array, raw: bool) -> pa.Array:
    array = array.cast(pa.large_string())
    return array if raw or pc.all(pc.string_is_ascii(array)).as_py() is not False else pc.utf8_normalize(array, "NFC")
