"""Token ids of the text of a view, in one encoding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Batch
from scorers.derived.encoders import encoder as encoder_named
from scorers.derived.words import Words
from scorers.resources.bpe_table import O200K


class Tokens(NamedTuple):
    """Token ids of n texts, end to end: text i has `ids[offsets[i]:offsets[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


def tokens(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Tokens:
    """The tokens of every text; special-token strings are text, a missing text has none."""
    texts = [text or "" for text in batch.text(view, raw=raw).to_pylist()]
    ids, counts = encoder_named(encoder)(texts)
    return Tokens(ids, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]))


def token_words(batch: Batch, encoder: str = O200K, view: str = "sample", raw: bool = False) -> Words:
    """The tokens of every text, with ids that count from 0 within each."""
    from scorers.kernels.repetition import dense_ids  # late: numba

    found = batch.derive(tokens, encoder, view, raw)
    ids, types = dense_ids(found.ids, found.offsets)
    return Words(ids, found.offsets, types)
