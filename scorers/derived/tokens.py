"""Token ids of the text of a view, in one encoding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scorers.batch import Batch
from scorers.derived.pieces import OTHER_SPACES, members
from scorers.derived.words import Words
from scorers.encoders import encoder as encoder_named
from scorers.encoders import is_o200k
from scorers.o200k_table import O200K

_BEGINS_APART = rf"^[^/\s\v{OTHER_SPACES}]"


class Tokens(NamedTuple):
    """Token ids of n texts, end to end: text i has `ids[offsets[i]:offsets[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


def tokens(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Tokens:
    """The tokens of every text; special-token strings are text, a missing text has none."""
    if view == "sample" and is_o200k(encoder):
        return _of_both(batch, encoder, raw)
    return _encoded(batch.text(view, raw=raw), encoder)


def _encoded(texts: pa.Array, encoder: str) -> Tokens:
    ids, counts = encoder_named(encoder)(pc.fill_null(texts, "").to_pylist())
    return Tokens(ids, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]))


def _of_both(batch: Batch, encoder: str, raw: bool) -> Tokens:
    """The tokens of samples, for which responses, whose tokens other axes need too, are not encoded again.

    No piece that o200k_base cuts goes on after a line feed but with white space or a slash.
    """
    instruction, response = (batch.text(view, raw=raw) for view in ("instruction", "response"))
    apart = pc.and_(pc.match_substring_regex(response, _BEGINS_APART), pc.not_equal(instruction, ""))
    apart = pc.fill_null(apart, False)
    heads = pc.binary_join_element_wise(
        instruction, pa.scalar("", pa.large_string()), pa.scalar("\n", pa.large_string())
    )
    first = _encoded(pc.if_else(apart, heads, batch.text("sample", raw=raw)), encoder)
    second = batch.derive(tokens, encoder, "response", raw)
    rows = np.flatnonzero(apart.to_numpy(zero_copy_only=False))
    taken, more = members(rows, second.offsets)
    counts = np.diff(first.offsets)
    total = counts.copy()
    total[rows] += more
    offsets = np.concatenate([[0], np.cumsum(total)])
    ids = np.empty(offsets[-1], dtype=np.int32)
    ids[np.repeat(offsets[:-1] - first.offsets[:-1], counts) + np.arange(len(first.ids))] = first.ids
    ids[np.repeat(offsets[rows] + counts[rows] - np.cumsum(more) + more, more) + np.arange(len(taken))] = second.ids[
        taken
    ]
    return Tokens(ids, offsets)


def token_words(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Words:
    """The tokens of every text, with ids that count from 0 within each."""
    from scorers.kernels.repetition import dense_ids  # late: numba

    found = batch.derive(tokens, encoder, view, raw)
    ids, types = dense_ids(found.ids, found.offsets)
    return Words(ids, found.offsets, types)
