"""Where sentences begin in lower-cased texts, as NLTK's Punkt decides.

Punkt looks at a mark and the words before and after it, so a decision holds wherever these words meet. Most marks end
a sentence whatever follows; of the others NLTK itself is asked, once for each pair of words.
"""

from __future__ import annotations

import re
import string
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from scorers.batch import Mask
from scorers.derived.buffers import Buffers
from scorers.derived.nltk_tokenizer import tokenizers
from scorers.derived.pieces import Longs, Pieces, members, numbered, row_starts

_MARKS = ".?!"
_MAY_END = r"[.?!](?:[^0-9a-z_]|$)"
_NONE, _DOUBTFUL = -1, -2
_CLOSING = [*b"\"')]}\xc2\xe2"]
_LONG = 100


class _Rules(NamedTuple):
    """What is certain of a word alone, from the installed NLTK and its model.

    - last_mark: a word up to the last mark at which Punkt looks.
    - plain: letters and a full stop, after nothing or what separates Punkt's tokens.
    - doubtful: the letters that abbreviations and the first words of known pairs end with.
    """

    last_mark: re.Pattern[str]
    plain: re.Pattern[str]
    doubtful: frozenset[str]


@cache
def _rules() -> _Rules:
    splitter, _ = tokenizers()
    separator = splitter._lang_vars._re_non_word_chars
    known = splitter._params.abbrev_types | {first for first, _ in splitter._params.collocations}
    return _Rules(
        re.compile(rf".*[.?!](?={separator}|\s+\S)", re.DOTALL),
        re.compile(rf"(?:\A|{separator}|-)([^\W\d_]{{2,}})\.\Z"),
        frozenset(re.split(r"[\W\d_]", word)[-1] for word in known),
    )


def sentence_starts(texts: Buffers, words: Pieces) -> Longs:
    """The bytes at which sentences begin in texts cut at white space; a text that is not empty begins with one."""
    size = len(texts.data)
    first = row_starts(texts)
    starts = np.zeros(size + 1, dtype=np.bool_)
    starts[[*first, size]] = True
    after = np.append(words.starts[1:], size)
    followed = ~starts[after]
    places = np.flatnonzero(words.matching(_MAY_END)[words.ids])
    found = _breaks(words, places, followed[places])
    starts[found] = True
    _realign(texts, starts, first)
    return np.flatnonzero(starts[:size])


def _breaks(words: Pieces, places: Longs, followed: Mask) -> Longs:
    """The bytes at which a sentence begins after a mark in the words at some places, followed by others or not."""
    kinds = 2 * words.ids[places].astype(np.int64) + followed
    wanted, which = numbered(kinds, 2 * len(words.kinds))
    texts = words.kinds.take(pa.array(wanted // 2)).to_pylist()
    lengths = np.array([_certain(text, bool(kind & 1)) for text, kind in zip(texts, wanted.tolist(), strict=True)])
    lengths = lengths.astype(np.int64)[which]
    certain, open_ = lengths >= 0, np.flatnonzero(lengths == _DOUBTFUL)
    after = np.where(followed[open_], np.append(words.ids, 0)[places[open_] + 1], -1)
    pairs, of = np.unique(np.stack([kinds[open_], after]), axis=1, return_inverse=True)
    asked = [_asked(words.kinds[kind // 2].as_py(), words.kinds[following].as_py() if kind & 1 else "") for kind, following in pairs.T.tolist()]
    edges = np.cumsum([0, *map(len, asked)], dtype=np.int64)
    index, counts = members(of.reshape(-1), edges)
    steps = np.array([step for steps in asked for step in steps], dtype=np.int64)[index]
    return np.concatenate([(words.starts[places] + lengths)[certain], np.repeat(words.starts[places[open_]], counts) + steps])


def _certain(word: str, followed: bool) -> int:
    """Bytes from the start of a word to the sentence that begins in or after it; `_NONE`, or `_DOUBTFUL`."""
    rules = _rules()
    body = word.rstrip(string.whitespace)
    if body[0] in _MARKS or body.split() != [body]:
        return _DOUBTFUL
    match = rules.last_mark.match(f"{body} x" if followed else body)
    if not match:
        return _NONE
    end = match.end()
    if body[end - 1] == ".":
        plain = rules.plain.search(body, 0, end)
        if not plain or plain[1] in rules.doubtful:
            return _DOUBTFUL
    return len((word if end == len(body) else body[:end]).encode())


@lru_cache(maxsize=1 << 14)
def _asked(word: str, following: str) -> tuple[int, ...]:
    """Bytes from the start of a word to the sentences that begin in it or after it, as NLTK finds them."""
    splitter, _ = tokenizers()
    text = word + following
    end = len(word.rstrip(string.whitespace))
    found = []
    for match, context in splitter._match_potential_end_contexts(text):
        if match.start() >= end:
            break
        if splitter.text_contains_sentbreak(context):
            begin = match.start("next_tok") if match["next_tok"] else match.end()
            found.append(len(text[:begin].encode()))
    return tuple(found)


def _realign(texts: Buffers, starts: Mask, first: Longs) -> None:
    """Leave closing marks at the start of a sentence to the one before it."""
    closing = tokenizers()[0]._lang_vars.re_boundary_realignment
    begins = np.flatnonzero(starts)
    heads = np.isin(texts.data[begins[:-1]], _CLOSING) & ~np.isin(begins[:-1], first)
    for number in np.flatnonzero(heads).tolist():
        begin, end = int(begins[number]), int(begins[number + 1])
        sentence = texts.data[begin:end].tobytes().decode().rstrip()
        if match := closing.match(sentence):
            starts[begin] = False
            starts[begin + len(match.group().encode())] = True
