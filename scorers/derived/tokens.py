"""Token ids of the text of a view, in one encoding."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Batch
from scorers.derived.buffers import buffers
from scorers.derived.characters import o200k_characters
from scorers.derived.encoders import o200k_encoding, other_encoder
from scorers.derived.words import Words
from scorers.resources.bpe_table import O200K, o200k_table, ranks

if TYPE_CHECKING:
    from scorers.kernels.bpe import Table


class Tokens(NamedTuple):
    """Token ids of n texts, end to end: text i has `ids[offsets[i]:offsets[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


def tokens(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Tokens:
    """The tokens of every text; special-token strings are text, a missing text has none."""
    if encoder != O200K and not encoder.endswith(".tiktoken"):
        texts = [text or "" for text in batch.text(view, raw=raw).to_pylist()]
        return _joined(other_encoder(encoder)(texts))
    path = None if encoder == O200K else encoder
    from scorers.kernels.bpe import token_ids  # late: numba

    data, offsets = buffers(batch.text(view, raw=raw))
    ids, ends, left = token_ids(data, offsets, o200k_characters(), _table(path))
    if not left.any():
        return Tokens(ids, ends)
    # Rare: pieces of hundreds of bytes and characters newer than this Python go through tiktoken.
    rows = np.flatnonzero(left)
    encode = o200k_encoding(path).encode_ordinary
    parts = np.split(ids, ends[1:-1])
    for row in rows.tolist():
        parts[row] = np.array(encode(batch.text(view, raw=raw)[row].as_py()), dtype=np.int32)
    return _joined(parts)


def token_words(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Words:
    """The tokens of every text, with ids that count from 0 within each."""
    from scorers.kernels.repetition import dense_ids  # late: numba

    found = batch.derive(tokens, encoder, view, raw)
    ids, types = dense_ids(found.ids, found.offsets)
    return Words(ids, found.offsets, types)


def _joined(parts: list[npt.NDArray[np.int32]] | list[list[int]]) -> Tokens:
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Tokens(np.concatenate([np.asarray(part, dtype=np.int32) for part in parts]), offsets)


@cache
def _table(path: str | None) -> Table:
    from scorers.kernels.bpe import Table, byte_pairs, token_slots

    found = o200k_table(path)
    assert found is not None
    by_rank = sorted(ranks(found).items(), key=lambda item: item[1])
    data = np.frombuffer(b"".join(token for token, _ in by_rank), dtype=np.uint8)
    edges = np.cumsum([0, *(len(token) for token, _ in by_rank)], dtype=np.int64)
    assert [rank for _, rank in by_rank] == list(range(len(by_rank)))
    return Table(data, edges, token_slots(data, edges), byte_pairs(data, edges))
