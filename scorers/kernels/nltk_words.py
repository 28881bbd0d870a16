"""Texts to word ids as NLTK's `word_tokenize` splits them: sentences, then the words of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import BLANK
from scorers.kernels import clitics, treebank
from scorers.kernels.points import HASH_START, HASH_STEP, Bytes, Ints, Keys, Longs, decoded, longest
from scorers.kernels.sentences import sentences
from scorers.kernels.split import numbered, power_above

Bits = npt.NDArray[np.uint16]

_ROOM = treebank.ROOM

# Which steps of a sentence have anything to do.
_TICKS, _QUOTES, _APOSTROPHES, _DOTS, _COMMAS, _SIGNS, _ASKS, _STARS = 1, 2, 4, 8, 16, 32, 64, 128


@kernel
def duties(text: Ints, n: int, needs: Bytes) -> int:
    """Which characters that need a step occur."""
    found = 0
    for place in range(n):
        code = text[place]
        found |= needs[code] if code < len(needs) else 0
    return found


def _needs() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x2040, dtype=np.uint8)
    steps = {
        _TICKS: "`«“‘„",
        _QUOTES: '"',
        _APOSTROPHES: "'",
        _DOTS: ".",
        _COMMAS: ",:",
        _SIGNS: ";@#$%&\u2012\u2013\u2014\u2015",
        _ASKS: "?!",
        _STARS: "*[](){}<>-",
    }
    for step, characters in steps.items():
        table[[ord(character) for character in characters]] |= step
    return table


NEEDS = _needs()


@kernel
def sentence_words(  # noqa: PLR0912 - one branch a step
    here: Ints, n: int, there: Ints, bits: Bits
) -> tuple[int, bool]:
    """Rewrite the sentence `here[:n]`; returns its length and whether it is in `here` (else it is in `there`)."""
    todo = duties(here, n, NEEDS)
    a, b = here, there
    if todo & _TICKS:
        n, a, b = treebank.open_marks(a, n, b), b, a
    if todo & (_TICKS | _QUOTES):
        n, a, b = treebank.open_quotes(a, n, b), b, a
    if todo & (_QUOTES | _APOSTROPHES):
        n, a, b = treebank.bracketed_quotes(a, n, b), b, a
    if todo & _APOSTROPHES:
        n, a, b = treebank.leading_apostrophes(a, n, b, bits), b, a
    if todo & _DOTS:
        n, a, b = treebank.cut_final_dot(a, n, b, bits, True), b, a
    if todo & _COMMAS:
        n, a, b = treebank.commas(a, n, b, bits), b, a
    if todo & (_DOTS | _SIGNS):
        n, a, b = treebank.dots_and_signs(a, n, b), b, a
    if todo & _DOTS:
        n, a, b = treebank.cut_final_dot(a, n, b, bits, False), b, a
    if todo & _ASKS:
        n, a, b = treebank.asks_and_cries(a, n, b), b, a
    if todo & _APOSTROPHES:
        n, a, b = treebank.trailing_apostrophes(a, n, b), b, a
    if todo & _STARS:
        n, a, b = treebank.stars_and_brackets(a, n, b), b, a
    n, a, b = treebank.closing_quotes(a, n, b, bits), b, a
    if todo & (_APOSTROPHES | _QUOTES):
        n, a, b = clitics.short_clitics(a, n, b), b, a
        n, a, b = clitics.long_clitics(a, n, b), b, a
    n, a, b = clitics.contractions(a, n, b, bits), b, a
    if todo & _APOSTROPHES:
        n, a, b = clitics.tis_and_twas(a, n, b, bits), b, a
    return n, a is here


@kernel
def nltk_word_ids(data: Bytes, offsets: Longs, bits: Bits, model: Keys) -> tuple[Ints, Longs, Longs]:
    """Word ids, token offsets[n + 1] and distinct ids[n] of n texts; words are equal when their characters are."""
    n = len(offsets) - 1
    most = longest(offsets)
    wide = treebank.GROWTH * most + _ROOM
    ids = np.empty(2 * (offsets[n] - offsets[0]) + n + 1, dtype=np.int32)
    ends = np.zeros(n + 1, dtype=np.int64)
    types = np.zeros(n, dtype=np.int64)
    text = np.empty(most + 1, dtype=np.int32)
    first, second = np.empty(wide, dtype=np.int32), np.empty(wide, dtype=np.int32)
    starts, stops = np.empty(most + 2, dtype=np.int64), np.empty(most + 2, dtype=np.int64)
    stamps = np.zeros(power_above(2 * most + 4), dtype=np.int64)
    entries = np.empty(len(stamps), dtype=np.int32)
    clean = np.empty(2 * most + _ROOM, dtype=np.int32)
    places, lengths = np.empty(most + _ROOM, dtype=np.int64), np.empty(most + _ROOM, dtype=np.int64)
    filled = 0
    for row in range(n):
        points = decoded(data, offsets[row], offsets[row + 1], text)
        found = sentences(text, points, bits, model, starts, stops)
        written, known = 0, 0
        for sentence in range(found):
            size = stops[sentence] - starts[sentence]
            first[:size] = text[starts[sentence] : stops[sentence]]
            size, same_place = sentence_words(first, size, second, bits)
            words = first if same_place else second
            begin, code = written, HASH_START
            for place in range(size):
                point = words[place]
                if not bits[point] & BLANK:
                    clean[written] = point
                    code = (code ^ np.uint64(point)) * HASH_STEP
                    written += 1
                elif written > begin:
                    identity = numbered(
                        clean, begin, written - begin, code, row + 1, stamps, entries, places, lengths, known
                    )
                    if identity == known:
                        known += 1
                    else:
                        written = begin
                    ids[filled] = identity
                    filled += 1
                    begin, code = written, HASH_START
        ends[row + 1] = filled
        types[row] = known
    return ids[:filled].copy(), ends, types
