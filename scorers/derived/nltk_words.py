"""Words of the lower-cased text as NLTK's `word_tokenize` splits it, as integer ids.

The split is compiled and follows the installed NLTK rule by rule; a test compares them on random and on real texts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scorers.batch import Batch
from scorers.derived.buffers import buffers
from scorers.derived.characters import nltk_characters
from scorers.derived.lowered import lowered
from scorers.derived.words import Words
from scorers.resources.punkt_model import punkt_model

if TYPE_CHECKING:
    from scorers.kernels.points import Keys


def nltk_words(batch: Batch, view: str = "sample", raw: bool = False) -> Words:
    """The words of every text of a view; ids count from 0 within each text."""
    from scorers.kernels.nltk_words import nltk_word_ids  # late: numba

    data, offsets = buffers(batch.derive(lowered, view, raw))
    return Words(*nltk_word_ids(data, offsets, nltk_characters(), punkt_keys()))


@cache
def punkt_keys() -> Keys:
    """The Punkt model as one table from type to bits."""
    from scorers.kernels import sentences
    from scorers.kernels.points import Keys, key_slots

    model = punkt_model()
    assert model is not None
    known = dict(model.ortho_context)
    for types, bit in (
        (model.abbrev_types, sentences.ABBREVIATION),
        (model.sent_starters, sentences.STARTER),
        ({first for first, _ in model.collocations}, sentences.PAIR_HEAD),
        ({f"{first} {second}" for first, second in model.collocations}, sentences.PAIR),
    ):
        for name in types:
            known[name] = known.get(name, 0) | bit
    items = np.array([ord(character) for name in known for character in name], dtype=np.int32)
    edges = np.cumsum([0, *map(len, known)], dtype=np.int64)
    values = np.array(list(known.values()), dtype=np.int64)
    return Keys(items, edges, values, key_slots(items, edges))
