"""Words of the lower-cased text as integer ids, by one of the named splitters.

Every character keeps its place, becomes a space or is deleted; words are what stands between white space.

- `bare`: ASCII punctuation is deleted, also inside a word (`don't` is `dont`); used by MTLD and HD-D.
- `spoken`: digits and dashes are deleted, other ASCII punctuation separates; used by vocd-D.
- `plain`: ASCII and common full-width punctuation separates; used to count listed words.
"""

from __future__ import annotations

import string
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Batch
from scorers.derived.buffers import buffers
from scorers.derived.lowered import lowered

KEEP, SPACE, DELETE = 0, 1, 2

FULL_WIDTH = "，。、；：？！“”‘’（）【】《》…—·"


class Words(NamedTuple):
    """Word ids of n texts, end to end: text i has `ids[offsets[i]:offsets[i + 1]]`.

    Ids count from 0 within each text, in order of first occurrence; -1 is a token of deleted characters only.
    `types[i]` is the number of distinct ids of text i, -1 not among them.
    """

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    types: npt.NDArray[np.int64]


@cache
def classes(splitter: str) -> npt.NDArray[np.uint8]:
    """uint8[65536]: what becomes of each character of the basic plane; the others are kept."""
    table = np.zeros(65536, dtype=np.uint8)
    table[[point for point in range(65536) if chr(point).isspace()]] = SPACE
    changes = {
        "bare": {DELETE: string.punctuation},
        "spoken": {SPACE: string.punctuation, DELETE: string.digits + "-–—"},
        "plain": {SPACE: string.punctuation + FULL_WIDTH},
    }
    for value, characters in changes[splitter].items():
        table[[ord(character) for character in characters]] = value
    table.flags.writeable = False
    return table


def words(batch: Batch, splitter: str, view: str = "sample", raw: bool = False) -> Words:
    """The words of every text of a view."""
    from scorers.kernels.split import split_words  # late: numba

    data, offsets = buffers(batch.derive(lowered, view, raw))
    return Words(*split_words(data, offsets, classes(splitter)))
