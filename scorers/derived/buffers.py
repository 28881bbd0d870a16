"""Arrow strings as the byte and offset arrays that kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Buffers(NamedTuple):
    """Texts end to end: text i is `data[offsets[i]:offsets[i + 1]]`; a NULL is an empty text."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]


def buffers(array: pa.Array) -> Buffers:
    """The UTF-8 bytes and 64-bit offsets of a string array, without a copy where it has them already.

    Both are read-only wherever they came from, else kernels would be compiled once for each kind.
    """
    array = array.cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    _, offsets, data = array.buffers()
    texts = np.frombuffer(data, dtype=np.uint8) if data else np.empty(0, np.uint8)
    places = np.frombuffer(offsets, dtype=np.int64) if offsets else np.zeros(1, np.int64)
    found = Buffers(texts, places[array.offset : array.offset + len(array) + 1])
    for part in found:
        part.flags.writeable = False
    return found
