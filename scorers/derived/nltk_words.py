"""Words of the lower-cased text as NLTK's `word_tokenize` splits it, as integer ids.

Texts are cut at white space and at the starts of sentences. What NLTK makes of a piece depends on little else, so each
different piece of a batch is split once, by NLTK's own rules; most are one word as they stand.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scorers.batch import Batch
from scorers.derived.buffers import Buffers, buffers
from scorers.derived.lowered import lowered
from scorers.derived.nltk_rules import words_of
from scorers.derived.pieces import OTHER_SPACES, Longs, Pieces, cut, members, numbered, spaced_words
from scorers.derived.sentences import sentence_starts
from scorers.derived.words import Words

Ints = npt.NDArray[np.int32]

_MARKS = r"""\])}>"'»”’"""
_LOOKED_AT = rf"""«“‘„`,:;@#$%&‒–—―?!*\[({{<{_MARKS}{OTHER_SPACES}"""
_WHOLE = rf"^(?P<before>[(\[{{<*#$%&@;]?)(?P<word>[^{_LOOKED_AT}\n]+)(?P<after>[,:;?!)\]}}>*#$%&@\n]?)$"
"""A word that no rule cuts, with at most one sign at either side that is a word of its own; \n is a final full stop."""
_RUNS = r"\.\.|--|cannot|g[iı]mme|gonna|gotta|lemme|wanna"
"""What is in such a word, but for single signs, that a rule may change."""
_FINAL_DOT = rf"\.[{_MARKS}\s\v{OTHER_SPACES}]*$"
_FINAL_MARK = rf"['\x1c-\x1f][\s\v{OTHER_SPACES}]*$"
"""What is different at the end of a sentence: its full stop, and what the space after it is looked at for."""
_ONLY_MARKS = rf"""^(?:(?:[\])}}>»”’]|'[\])}}>"»”’])[{_MARKS}]*|')[\s\v{OTHER_SPACES}]*$"""
_ONLY_SPACES = rf"[^\s\v{OTHER_SPACES}] *$"
_BEFORE = ("\n", " ", "")


def nltk_words(batch: Batch, view: str = "sample", raw: bool = False) -> Words:
    """The words of every text of a view; ids count from 0 within each text."""
    from scorers.kernels.repetition import dense_ids  # late: numba

    texts = buffers(batch.derive(lowered, view, raw))
    if not len(texts.data):
        return Words(np.empty(0, np.int32), np.zeros_like(texts.offsets), np.zeros(len(texts.offsets) - 1, np.int64))
    words = spaced_words(texts)
    sentences = sentence_starts(texts, words)
    found = cut(texts, words, sentences)
    units, which = _units(texts, found, sentences)
    ids, edges = _words(found, units)
    places, counts = members(which, edges)
    ends = np.concatenate([[0], np.cumsum(counts)])
    offsets = ends[np.searchsorted(found.starts, texts.offsets)]
    dense, types = dense_ids(ids[places], offsets)
    return Words(dense, offsets, types)


def _units(texts: Buffers, found: Pieces, sentences: Longs) -> tuple[Longs, Longs]:
    """(different pieces as 6 * kind + 2 * what is before + whether the sentence ends, which of them each piece is)."""
    begins = np.zeros(len(found.starts), dtype=np.bool_)
    begins[np.searchsorted(found.starts, sentences)] = True
    quotes = (found.matching('^"') + 2 * found.matching("^''"))[found.ids]
    spaced = texts.data[found.starts - 1] == ord(" ")
    before = np.where(begins, 2 * (quotes == 1), spaced) * (quotes > 0)
    # The full stop of a sentence may be followed by closing marks that stand alone.
    closes = found.matching(_ONLY_MARKS)[found.ids] & ~begins
    stops = ~(found.matching(_ONLY_SPACES)[found.ids] & np.append(closes[1:], False))
    last = np.append(begins[1:], True)
    ends = last & found.matching(_FINAL_MARK)[found.ids]
    ends |= last[stops][np.cumsum(stops) - stops] & found.matching(_FINAL_DOT)[found.ids]
    return numbered(6 * found.ids.astype(np.int64) + 2 * before + ends, 6 * len(found.kinds))


def _words(found: Pieces, units: Longs) -> tuple[Ints, Longs]:
    """The words of units as ids of the batch, and where each unit's begin."""
    kinds, before, ends = units // 6, units // 2 % 3, units % 2 == 1
    texts = pc.ascii_trim_whitespace(found.kinds.take(pa.array(kinds)))
    marked = pc.if_else(pa.array(ends), pc.replace_substring_regex(texts, r"\.$", "\n"), texts)
    parts = pc.extract_regex(marked, _WHOLE)
    fits = pc.or_(pc.equal(pc.struct_field(parts, "after"), "\n"), pa.array(~ends))
    whole = pc.fill_null(fits, False).to_numpy(zero_copy_only=False) & ~found.matching(_RUNS)[kinds]
    others = np.flatnonzero(~whole)
    pieces = [
        text.rstrip() if end else text for text, end in zip(found.texts(kinds[others]), ends[others], strict=True)
    ]
    words, own = words_of(pieces, [_BEFORE[place] for place in before[others].tolist()], ends[others].tolist())
    columns = [part.filter(pa.array(whole)) for part in parts.flatten()]
    columns[2] = pc.replace_substring(columns[2], "\n", ".")
    there = np.stack([pc.binary_length(column).to_numpy() > 0 for column in columns], axis=1)
    codes = pa.concat_arrays([*columns, pa.array(words, pa.large_string())]).dictionary_encode().indices.to_numpy()
    counts = np.empty(len(units), dtype=np.int64)
    counts[whole], counts[others] = there.sum(axis=1), own
    edges = np.concatenate([[0], np.cumsum(counts)])
    ids = np.empty(edges[-1], dtype=np.int32)
    ids[members(np.flatnonzero(whole), edges)[0]] = codes[: there.size].reshape(3, -1).T[there]
    ids[members(others, edges)[0]] = codes[there.size :]
    return ids, edges
