"""Texts cut into pieces, equal pieces numbered alike: what must be said of a piece is then found out once a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scorers.batch import Mask
from scorers.derived.buffers import Buffers

Longs = npt.NDArray[np.int64]

OTHER_SPACES = r"\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
"""White space of Python beyond that of ASCII, in a class of RE2."""

_BLANK = np.zeros(256, dtype=np.bool_)
_BLANK[[*b" \t\n\r\x0b\x0c"]] = True


class Pieces(NamedTuple):
    """Piece i begins at byte `starts[i]`, goes up to `starts[i + 1]`, and reads `kinds[ids[i]]`."""

    starts: Longs
    ids: npt.NDArray[np.int32]
    kinds: pa.Array

    def matching(self, expression: str) -> Mask:
        """bool[kinds]: where an expression of RE2 is found."""
        found: Mask = pc.match_substring_regex(self.kinds, expression).to_numpy(zero_copy_only=False)
        return found

    def texts(self, kinds: Longs) -> list[str]:
        """What some kinds read."""
        found: list[str] = self.kinds.take(pa.array(kinds)).to_pylist()
        return found


def row_starts(texts: Buffers) -> Longs:
    """The bytes at which texts begin that are not empty."""
    begins = texts.offsets[:-1]
    return begins[begins < texts.offsets[1:]]


def spaced_words(texts: Buffers) -> Pieces:
    """Words with the white space after them, and that at the start of a text with the first.

    They begin after ASCII white space, and with no other.
    """
    blank = _BLANK[texts.data]
    found = pieces(texts, np.flatnonzero(blank[:-1] & ~blank[1:]) + 1)
    joined = found.matching(f"^[{OTHER_SPACES}]")[found.ids]
    joined[1:] |= found.matching(r"^[\s\v]+$")[found.ids[:-1]]
    return pieces(texts, found.starts[~joined]) if joined.any() else found


def pieces(texts: Buffers, starts: Longs) -> Pieces:
    """The pieces that begin at some bytes, and where a text begins."""
    where = np.zeros(len(texts.data), dtype=np.bool_)
    where[starts] = True
    where[row_starts(texts)] = True
    found = np.flatnonzero(where)
    edges = np.append(found, len(where))
    array = pa.LargeStringArray.from_buffers(len(found), pa.py_buffer(edges), pa.py_buffer(texts.data))
    numbers = array.dictionary_encode()
    return Pieces(found, numbers.indices.to_numpy(), numbers.dictionary)


def cut(texts: Buffers, whole: Pieces, places: Longs) -> Pieces:
    """The same pieces cut at further places; what is left of those that are cut has new kinds."""
    owners = np.searchsorted(whole.starts, places, side="right") - 1
    inside = whole.starts[owners] < places
    after = owners[inside] + 1
    starts, ids = np.insert(whole.starts, after, places[inside]), np.insert(whole.ids, after, 0)
    late = after + np.arange(len(after))
    fresh = np.flatnonzero(np.bincount(np.concatenate([late, late - 1]), minlength=0))
    edges = np.append(starts, len(texts.data))
    parts = [texts.data[a:b].tobytes().decode() for a, b in zip(edges[fresh], edges[fresh + 1], strict=True)]
    ids[fresh] = len(whole.kinds) + np.arange(len(fresh))
    return Pieces(starts, ids, pa.concat_arrays([whole.kinds, pa.array(parts, pa.large_string())]))


def members(groups: Longs, edges: Longs) -> tuple[Longs, Longs]:
    """(places of the members of some groups, how many each has); group g lies from `edges[g]` to `edges[g + 1]`."""
    counts = edges[groups + 1] - edges[groups]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(edges[groups] - ends + counts, counts), counts


def numbered(values: npt.NDArray[np.integer], size: int) -> tuple[Longs, Longs]:
    """(the different ones of numbers below a size, which of them each is)."""
    seen = np.zeros(size, dtype=np.bool_)
    seen[values] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[values]
