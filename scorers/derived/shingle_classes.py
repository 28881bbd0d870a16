"""How near-duplicates see characters: tables over the basic plane, for texts in NFKC.

Letters, digits and marks make words, folded to lower case; everything else separates. Scripts written without spaces
(Han, kana, Thai, Lao, Khmer, Burmese) give a token per letter, so that a run of five tokens is as telling as five
words.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

SEPARATOR, WORD, SINGLE, MARK, SPACE = 0, 1, 2, 3, 4

UNSEGMENTED = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)


@cache
def tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """uint8[65536] classes and uint16[65536] folded code points of the characters of the basic plane."""
    letters = [chr(point) for point in range(65536)]
    major = np.array([unicodedata.category(letter)[0] for letter in letters])
    spaces = np.array([letter.isspace() for letter in letters])
    alone = np.zeros(65536, dtype=np.bool_)
    for low, high in UNSEGMENTED:
        alone[low : high + 1] = True
    classes = np.zeros(65536, dtype=np.uint8)
    classes[(major == "L") | (major == "N")] = WORD
    classes[(major == "L") & alone] = SINGLE
    classes[major == "M"] = MARK
    classes[spaces] = SPACE
    folded = np.arange(65536, dtype=np.uint16)
    for point in np.flatnonzero((classes == WORD) | (classes == SINGLE)).tolist():
        folded[point] = _fold(letters[point])
    classes.flags.writeable = False
    folded.flags.writeable = False
    return classes, folded


def _fold(letter: str) -> int:
    form = letter.casefold()
    if form == letter:
        return ord(letter)
    for shape in (form, letter.lower()):
        if len(shape) == 1 and ord(shape) < 65536:
            return ord(shape)
    return ord(letter)
