"""Where sentences begin in lower-cased texts, as NLTK's Punkt decides.

Punkt looks at a mark and the words before and after it, so a decision holds wherever these words meet. Most marks end
a sentence whatever follows; of the others NLTK itself is asked, once for each pair of words.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np

from scorers.batch import Mask
from scorers.derived.buffers import Buffers
from scorers.derived.nltk_tokenizer import tokenizers
from scorers.derived.pieces import Longs, Pieces, members, numbered, row_starts

T = TypeVar("T")

_MARKS = ".?!"
_MAY_END = r"[.?!](?:[^0-9a-z_]|$)"
_NONE, _DOUBTFUL = -1, -2
_CLOSING = [*b"\"')]}\xc2\xe2"]  # first bytes of closing marks
_UPPER, _BEGINS_LOWER = 14, 16  # of Punkt's orthographic contexts
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


def _splitter() -> Any:
    return tokenizers()[0]


@cache
def _rules() -> _Rules:
    separator = _splitter()._lang_vars._re_non_word_chars
    model = _splitter()._params
    known = model.abbrev_types | {first for first, _ in model.collocations}
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
    followed = ~starts[np.append(words.starts[1:], size)]
    places = np.flatnonzero(words.matching(_MAY_END)[words.ids])
    kinds = 2 * words.ids[places].astype(np.int64) + followed[places]
    different, which = numbered(kinds, 2 * len(words.kinds))
    alone = zip(words.texts(different // 2), (different & 1).tolist(), strict=True)
    lengths = np.array([_certain(word, bool(goes_on)) for word, goes_on in alone], dtype=np.int64)[which]
    certain = lengths >= 0
    starts[words.starts[places[certain]] + lengths[certain]] = True
    doubtful = places[lengths == _DOUBTFUL]
    starts[_breaks(words, doubtful, followed[doubtful])] = True
    _realign(texts, starts, first)
    return np.flatnonzero(starts[:size])


def _breaks(words: Pieces, places: Longs, followed: Mask) -> Longs:
    """The bytes at which sentences begin in or after the words at some places, with regard to the words that follow."""
    size = len(words.kinds)
    after = np.where(followed, np.append(words.ids[1:], 0)[places], size)
    pairs, which = np.unique(words.ids[places] * np.int64(size + 1) + after, return_inverse=True)
    left, right = np.divmod(pairs, size + 1)
    both = zip(words.texts(left), words.texts(np.minimum(right, size - 1)), right.tolist(), strict=True)
    asked = [_asked(word, following if kind < size else "") for word, following, kind in both]
    steps = np.array([step for own in asked for step in own], dtype=np.int64)
    index, counts = members(which, np.cumsum([0, *map(len, asked)], dtype=np.int64))
    return np.repeat(words.starts[places], counts) + steps[index]


def _certain(word: str, followed: bool) -> int:
    """Bytes from the start of a word to the sentence that begins in or after it; `_NONE`, or `_DOUBTFUL`."""
    rules = _rules()
    body = word.rstrip(string.whitespace)
    if _is_odd(body):
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


def _is_odd(body: str) -> bool:
    """Whether a word begins with a mark or holds other white space, so that Punkt finds several words in it."""
    return body[0] in _MARKS or body.split() != [body]


class _Last(NamedTuple):
    """Punkt's last token of a word, what it is by itself, and whether a sentence ended before it in the word.

    - counts: it is an initial or a number, which end no sentence before a word that goes on in lower case.
    """

    token: str
    type: str
    breaks: bool
    abbreviated: bool
    ellipsis: bool
    counts: bool
    ended: bool


def _asked(word: str, following: str) -> tuple[int, ...]:
    """Bytes from the start of a word to the sentences that begin in it or after it, as NLTK decides."""
    last, first = _last_token(word), _first_token(following)
    if not last or not first:
        return _found(word, following)
    return (len(word.encode()),) if last.ended or _ends(last, first) else ()


def _ends(last: _Last, first: Any) -> bool:
    """Whether a token ends a sentence before another one."""
    params = _splitter()._params
    if isinstance(first, str):
        if (last.type, first) in params.collocations:
            return False
        context = params.ortho_context[first]
        return last.breaks and not (last.counts and (context & _UPPER or not context & _BEGINS_LOWER))
    token = _splitter()._Token(last.token, sentbreak=last.breaks, abbr=last.abbreviated, ellipsis=last.ellipsis)
    _splitter()._second_pass_annotation(token, first)
    return bool(token.sentbreak)


def _found(word: str, following: str) -> tuple[int, ...]:
    """The same for any words."""
    text = word + following
    end = len(word.rstrip(string.whitespace))
    found = []
    for match, context in _splitter()._match_potential_end_contexts(text):
        if match.start() >= end:
            break
        if _splitter().text_contains_sentbreak(context):
            begin = match.start("next_tok") if match["next_tok"] else match.end()
            found.append(len(text[:begin].encode()))
    return tuple(found)


def _remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """The function, with what it returned for short texts kept."""
    kept = lru_cache(maxsize=1 << 14)(function)
    return lambda text: kept(text) if len(text) < _LONG else function(text)


@_remembered
def _last_token(word: str) -> _Last | None:
    """The last token of a word; None where it is no full stop that ends the word."""
    body = word.rstrip(string.whitespace)
    if body[-1] != "." or _is_odd(body):
        return None
    *tokens, last = _splitter()._annotate_tokens(_splitter()._tokenize_words(body))
    counts = bool(last.is_initial) or last.type_no_period == "##number##"
    ended = any(token.sentbreak for token in tokens)
    breaks, abbreviated, ellipsis = (bool(part) for part in (last.sentbreak, last.abbr, last.ellipsis))
    return _Last(last.tok, last.type_no_period, breaks, abbreviated, ellipsis, counts, ended)


@_remembered
def _first_token(word: str) -> Any:
    """Punkt's first token of a word, as text where it is all of it and of small letters.

    None where there is no word, or a sentence may end inside it.
    """
    body = word.rstrip(string.whitespace)
    if body.isascii() and body.isalpha() and body.islower():
        return body
    if not body or any(mark in body[:-1] for mark in _MARKS):
        return None
    token = _splitter()._Token(_splitter()._lang_vars._word_tokenizer_re().search(body)[0])
    _splitter()._first_pass_annotation(token)
    return token


def _realign(texts: Buffers, starts: Mask, first: Longs) -> None:
    """Leave closing marks at the start of a sentence to the one before it."""
    closing = _splitter()._lang_vars.re_boundary_realignment
    begins = np.flatnonzero(starts)
    heads = np.isin(texts.data[begins[:-1]], _CLOSING) & ~np.isin(begins[:-1], first)
    for number in np.flatnonzero(heads).tolist():
        begin, end = int(begins[number]), int(begins[number + 1])
        sentence = texts.data[begin:end].tobytes().decode().rstrip()
        if match := closing.match(sentence):
            starts[begin] = False
            starts[begin + len(match.group().encode())] = True
