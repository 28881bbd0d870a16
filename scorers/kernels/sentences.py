"""Sentences of lower- or mixed-case text by a trained Punkt model, with the decisions NLTK takes.

Kiss and Strunk 2006, doi 10.1162/coli.2006.32.4.485. A candidate is `.`, `?` or `!` before white space or a mark that
ends words; it ends a sentence unless the word before is an abbreviation, an initial or an ordinal number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import (
    ASCII_BLANK,
    BLANK,
    CANNOT_START,
    CLOSES,
    DIGIT,
    ENDS_WORD,
    LOWER,
    SPACE,
    UPPER,
    WORD,
)
from scorers.kernels.points import Ints, Keys, Longs, value_of

Bits = npt.NDArray[np.uint16]

# Values of keys: the bits of Punkt's orthographic context, and further ones.
MIDDLE_UPPER, ANY_UPPER, BEGINS_LOWER, ANY_LOWER = 4, 14, 16, 112
ABBREVIATION, STARTER, PAIR_HEAD, PAIR = 128, 256, 512, 1024

NUMBER = np.array([ord(character) for character in "##number##"], dtype=np.int32)

_DOT, _ASK, _CRY, _DASH, _COMMA, _FEED = 46, 63, 33, 45, 44, 10


@kernel
def many_marks(text: Ints, place: int, end: int, bits: Bits) -> int:
    """Where a run of dashes, of dots, or of dots with a space between ends; `place` when there is none."""
    mark = text[place]
    if mark not in (_DASH, _DOT):
        return place
    stop = place
    while stop < end and text[stop] == mark:
        stop += 1
    if stop - place > 1:
        return stop
    if mark == _DOT:
        pairs = 0
        while (
            place + 2 * pairs + 1 < end
            and text[place + 2 * pairs] == _DOT
            and bits[text[place + 2 * pairs + 1]] & SPACE
        ):
            pairs += 1
        last = place + 2 * pairs
        if pairs > 1 and last < end and text[last] == _DOT:
            return last + 1
        if pairs > 2:
            return last - 1
    return place


@kernel
def word_ends(text: Ints, place: int, end: int, bits: Bits) -> bool:
    """Whether a word cannot go on at a place."""
    return place == end or bits[text[place]] & (SPACE | ENDS_WORD) != 0 or many_marks(text, place, end, bits) > place


@kernel
def token_end(text: Ints, place: int, end: int, bits: Bits) -> int:
    """Where Punkt's token that begins at a place that is no space ends."""
    stop = many_marks(text, place, end, bits)
    if stop > place:
        return stop
    stop = place + 1
    if bits[text[place]] & CANNOT_START:
        return stop
    while not word_ends(text, stop, end, bits):
        if text[stop] == _COMMA and word_ends(text, stop + 1, end, bits):
            break
        stop += 1
    return stop


@kernel
def is_number(text: Ints, start: int, end: int, bits: Bits) -> bool:
    """Whether a token is a number to Punkt."""
    place = start
    if text[place] == _DASH:
        place += 1
    if place < end and text[place] in (_DOT, _COMMA):
        place += 1
    if place == end or not bits[text[place]] & DIGIT:
        return False
    while place < end and (bits[text[place]] & DIGIT or text[place] in (_COMMA, _DOT, _DASH)):
        place += 1
    return place == end


@kernel
def is_abbreviation(text: Ints, start: int, end: int, model: Keys) -> bool:
    """Whether a word, or what follows its last dash, is a known abbreviation."""
    found = value_of(model, text, start, end)
    if found >= 0 and found & ABBREVIATION:
        return True
    last = end
    while last > start and text[last - 1] != _DASH:
        last -= 1
    if last == start:
        return False
    found = value_of(model, text, last, end)
    return found >= 0 and found & ABBREVIATION != 0


@kernel
def first_guess(text: Ints, start: int, end: int, model: Keys) -> tuple[bool, bool]:
    """(ends a sentence, abbreviation or ellipsis), from the token alone."""
    if end - start == 1:
        return text[start] in (_DOT, _ASK, _CRY), False
    if text[end - 1] != _DOT:
        return False, False
    if text[end - 2] == _DOT:
        for place in range(start, end):
            if text[place] != _DOT:
                return False, False
        return False, True
    if is_abbreviation(text, start, end - 1, model):
        return False, True
    return True, False


@kernel
def context_of(text: Ints, start: int, end: int, bits: Bits, model: Keys) -> int:
    """What the model knows of a type; numbers share one."""
    if is_number(text, start, end, bits):
        return max(0, value_of(model, NUMBER, 0, len(NUMBER)))
    return max(0, value_of(model, text, start, end))


@kernel
def collocated(  # noqa: PLR0917 - kernels take arguments by position
    text: Ints, start: int, end: int, after: int, stop: int, bits: Bits, model: Keys
) -> bool:
    """Whether two types are a known pair."""
    head = NUMBER if is_number(text, start, end, bits) else text[start:end]
    tail = NUMBER if is_number(text, after, stop, bits) else text[after:stop]
    pair = np.empty(len(head) + 1 + len(tail), dtype=np.int32)
    pair[: len(head)] = head
    pair[len(head)] = 32
    pair[len(head) + 1 :] = tail
    return value_of(model, pair, 0, len(pair)) >= 0


@kernel
def breaks(  # noqa: PLR0917 - kernels take arguments by position
    text: Ints, start: int, end: int, after: int, stop: int, bits: Bits, model: Keys
) -> bool:
    """Whether the token `text[start:end]` ends a sentence before the token `text[after:stop]`."""
    found, marked = first_guess(text, start, end, model)
    if text[end - 1] != _DOT:
        return found
    bare = end - 1 if end - start > 1 else end
    number = is_number(text, start, end, bits)
    next_ends, _ = first_guess(text, after, stop, model)
    next_stop = stop - 1 if next_ends and stop - after > 1 and text[stop - 1] == _DOT else stop
    if is_number(text, after, stop, bits):  # its type is that of numbers, with the final dot or without
        next_stop = stop
    known = context_of(text, start, end if number else bare, bits, model)
    if known & PAIR_HEAD and collocated(text, start, end if number else bare, after, next_stop, bits, model):
        return False
    initial = end - start == 2 and bits[text[start]] & (WORD | DIGIT) == WORD
    context = context_of(text, after, next_stop, bits, model)
    lower, upper = bits[text[after]] & LOWER != 0, bits[text[after]] & UPPER != 0
    # 1 the next token begins a sentence, 0 it does not, -1 unknown
    begins = -1
    if stop - after == 1 and text[after] in (59, 58, _COMMA, _DOT, _CRY, _ASK):
        begins = 0
    elif upper and context & ANY_LOWER and not context & MIDDLE_UPPER:
        begins = 1
    elif lower and (context & ANY_UPPER or not context & BEGINS_LOWER):
        begins = 0
    if marked and not initial and (begins == 1 or (upper and context & STARTER)):
        return True
    if initial or number:
        if begins == 0:
            return False
        if begins == -1 and initial and upper and not context & ANY_LOWER:
            return False
    return found


@kernel
def holds_break(text: Ints, start: int, end: int, bits: Bits, model: Keys) -> bool:
    """Whether a sentence ends inside a stretch of text, that is before its last token."""
    previous, previous_end = -1, -1
    line = start
    while line < end:
        line_end = line
        blank = True
        while line_end < end and text[line_end] != _FEED:
            blank = blank and bits[text[line_end]] & BLANK != 0
            line_end += 1
        place = line
        while not blank and place < line_end:
            if bits[text[place]] & SPACE:
                place += 1
                continue
            stop = token_end(text, place, line_end, bits)
            if previous >= 0 and breaks(text, previous, previous_end, place, stop, bits, model):
                return True
            previous, previous_end = place, stop
            place = stop
        line = line_end + 1
    return False


@kernel
def raw_sentences(  # noqa: PLR0912, PLR0917 - one loop, arguments by position
    text: Ints, n: int, bits: Bits, model: Keys, starts: Longs, stops: Longs
) -> int:
    """Sentences before closing marks are put right; returns how many."""
    count, begin = 0, 0
    word, mark, context_end, resume, new_word = 0, -1, 0, 0, 0
    for place in range(n + 1):
        new_end, new_resume = 0, 0
        if place < n:
            if text[place] not in (_DOT, _ASK, _CRY) or place + 1 == n:
                continue
            after = place + 1
            if bits[text[after]] & ENDS_WORD:
                new_end, new_resume = after + 1, after
            elif bits[text[after]] & SPACE:
                while after < n and bits[text[after]] & SPACE:
                    after += 1
                if after == n:
                    continue
                new_end, new_resume = after + 1, after
                while new_end < n and not bits[text[new_end]] & SPACE:
                    new_end += 1
            else:
                continue
            # The word before reaches back to the last white space after the previous candidate.
            base = max(mark, 0)
            last = place - 1
            while last > base and not bits[text[last]] & ASCII_BLANK:
                last -= 1
            new_word = last + 1 if last > base else word
        if mark >= 0 and (place == n or mark <= new_word) and holds_break(text, word, context_end, bits, model):
            starts[count], stops[count] = begin, mark + 1
            count += 1
            begin = resume
        if place < n:
            word, mark, context_end, resume = new_word, place, new_end, new_resume
    tail = n
    while tail > 0 and bits[text[tail - 1]] & BLANK:
        tail -= 1
    starts[count], stops[count] = begin, max(begin, tail)
    return count + 1


@kernel
def closing_marks(text: Ints, start: int, stop: int, bits: Bits) -> tuple[int, int]:
    """(kept, skipped): characters at the start of a sentence that close the one before; 0, 0 when there are none."""
    place = start
    while place < stop and bits[text[place]] & CLOSES:
        place += 1
        if place == stop:
            return place - start, place - start
        if bits[text[place]] & SPACE:
            kept = place
            while place < stop and bits[text[place]] & SPACE:
                place += 1
            return kept - start, place - start
        if text[place] == _DASH and place + 1 < stop and text[place + 1] == _DASH:
            return place - start, place - start
    return 0, 0


@kernel
def sentences(  # noqa: PLR0917 - kernels take arguments by position
    text: Ints, n: int, bits: Bits, model: Keys, starts: Longs, stops: Longs
) -> int:
    """Write the sentences of `text[:n]` to `starts` and `stops`; returns how many."""
    found = raw_sentences(text, n, bits, model, starts, stops)
    count, moved = 0, 0
    for number in range(found):
        begin, stop = starts[number] + moved, stops[number]
        moved = 0
        if number + 1 < found:
            kept, moved = closing_marks(text, starts[number + 1], stops[number + 1], bits)
            if moved:
                stop = starts[number + 1] + kept
        if moved or stop > begin:
            starts[count], stops[count] = begin, stop
            count += 1
    return count
