"""The last steps of NLTK's word tokeniser: clitics and contractions are words of their own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import BLANK, PLAIN_WORD
from scorers.kernels.points import Ints
from scorers.kernels.treebank import letter, put, spaced

Bits = npt.NDArray[np.uint16]

_GAP, _APOSTROPHE, _DOTLESS_I = 32, 39, 305


def _codes(text: str) -> npt.NDArray[np.int32]:
    return np.array([ord(character) for character in text], dtype=np.int32)


# Contractions: the words, where each is cut.
_CUT_WORDS = ("cannot", "d'ye", "gimme", "gonna", "gotta", "lemme", "more'n", "wanna")
CUT_LETTERS = _codes("".join(_CUT_WORDS))
CUT_EDGES = np.cumsum([0, *map(len, _CUT_WORDS)])
CUT_PLACES = np.array([3, 1, 3, 3, 3, 3, 4, 3])


@kernel
def short_clitics(text: Ints, n: int, out: Ints) -> int:
    """'s, 'm, 'd and a lone apostrophe at the end of a word are words."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        written = put(out, written, code)
        place += 1
        if code in (_APOSTROPHE, _GAP) or place == n or text[place] != _APOSTROPHE or place + 1 == n:
            continue
        after = text[place + 1]
        if after in (115, 109, 100, 83, 77, 68) and place + 2 < n and text[place + 2] == _GAP:
            written = put(out, written, _GAP)
            written = put(out, written, _APOSTROPHE)
            written = put(out, written, after)
            written = put(out, written, _GAP)
            place += 3
        elif after == _GAP:
            written = spaced(out, written, _APOSTROPHE)
            place += 2
    return written


@kernel
def long_clitics(text: Ints, n: int, out: Ints) -> int:
    """'ll, 're, 've and n't at the end of a word are words, in one case."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        written = put(out, written, code)
        place += 1
        if code in (_APOSTROPHE, _GAP) or place + 3 >= n or text[place + 3] != _GAP:
            continue
        a, b, c = text[place], text[place + 1], text[place + 2]
        found = a == _APOSTROPHE and (
            (c == 101 and b in (114, 118)) or (c == 69 and b in (82, 86)) or (b == c and b in (108, 76))
        )
        found = found or (b == _APOSTROPHE and ((a == 110 and c == 116) or (a == 78 and c == 84)))
        if found:
            written = put(out, written, _GAP)
            for step in range(4):
                written = put(out, written, text[place + step])
            place += 4
    return written


@kernel
def contractions(text: Ints, n: int, out: Ints, bits: Bits) -> int:
    """cannot, gimme and their like are two words."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        first = letter(code)
        if first in (99, 100, 103, 108, 109, 119) and not (place > 0 and bits[text[place - 1]] & PLAIN_WORD):
            cut, width = contraction(text, place, n, bits)
            if width:
                written = put(out, written, _GAP)
                for step in range(width):
                    if step == cut:
                        written = put(out, written, _GAP)
                    written = put(out, written, text[place + step])
                written = put(out, written, _GAP)
                place += width
                continue
        written = put(out, written, code)
        place += 1
    return written


@kernel
def contraction(text: Ints, place: int, n: int, bits: Bits) -> tuple[int, int]:
    """(where it is cut, its length) of the contraction at a place; 0, 0 when there is none."""
    for item in range(len(CUT_PLACES)):
        begin, width = CUT_EDGES[item], CUT_EDGES[item + 1] - CUT_EDGES[item]
        stop = place + width
        if stop > n or (stop < n and bits[text[stop]] & PLAIN_WORD):
            continue
        if item == 7 and (stop == n or not bits[text[stop]] & BLANK):
            continue
        equal = True
        for step in range(width):
            code = letter(text[place + step])
            if code == _DOTLESS_I:
                code = 105
            if code != CUT_LETTERS[begin + step]:
                equal = False
                break
        if equal:
            return CUT_PLACES[item], width
    return 0, 0


@kernel
def tis_and_twas(text: Ints, n: int, out: Ints, bits: Bits) -> int:
    """'tis and 'twas after a space are two words."""
    written, place = 0, 0
    while place < n:
        written = put(out, written, text[place])
        place += 1
        if text[place - 1] != _GAP or place + 4 > n or text[place] != _APOSTROPHE or letter(text[place + 1]) != 116:
            continue
        width = 0
        second = text[place + 2]
        if (letter(second) == 105 or second == _DOTLESS_I) and letter(text[place + 3]) == 115:
            width = 2
        elif (
            place + 5 <= n
            and letter(second) == 119
            and letter(text[place + 3]) == 97
            and letter(text[place + 4]) == 115
        ):
            width = 3
        stop = place + 2 + width
        if width and (stop == n or not bits[text[stop]] & PLAIN_WORD):
            for step in range(2 + width):
                if step == 2:
                    written = put(out, written, _GAP)
                written = put(out, written, text[place + step])
            written = put(out, written, _GAP)
            place = stop
    return written
