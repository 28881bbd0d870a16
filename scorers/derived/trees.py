"""Dependency trees of the text of a view, by a spaCy pipeline."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Batch, Mask
from scorers.resources.spacy_model import located

LONGEST = 1_000_000
"""Characters spaCy parses at once; a parser needs about a gigabyte for that many."""

_USED = ("tok2vec", "transformer", "parser")
_LOCK = Lock()


class Trees(NamedTuple):
    """Heads of the tokens of n texts, end to end, as distances from the token; texts too long have none."""

    heads: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    too_long: Mask


def trees(batch: Batch, model: str, view: str = "sample", raw: bool = False) -> Trees:
    """The parse of every text; one thread at a time, since a pipeline is not made for several."""
    from spacy.attrs import HEAD  # late: seconds

    texts = [text or "" for text in batch.text(view, raw=raw).to_pylist()]
    too_long = np.array([len(text) > LONGEST for text in texts], dtype=np.bool_)
    heads = [np.empty(0, dtype=np.int64)]
    counts = [0]
    with _LOCK:
        nlp = _loaded(model)
    # What the texts bring into the vocabulary is forgotten again: memory does not grow with them.
    with _LOCK, nlp.memory_zone():
        for doc in nlp.pipe(("" if long else text for text, long in zip(texts, too_long, strict=True)), batch_size=64):
            heads.append(doc.to_array([HEAD]).astype(np.int64).reshape(-1))
            counts.append(len(doc))
    return Trees(np.concatenate(heads), np.cumsum(counts, dtype=np.int64), too_long)


@cache
def _loaded(model: str) -> Any:
    import spacy

    place = located(model)
    assert place is not None
    nlp = spacy.load(place)
    nlp.select_pipes(enable=[name for name in nlp.pipe_names if name in _USED])
    nlp.max_length = LONGEST
    return nlp
