"""What each code point is to the expressions of NLTK and of the o200k encoding: one table of bits for each.

NLTK's own compiled expressions are asked about every code point, so the table follows the installed version and the
Unicode data of the engine it uses.
"""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint16]

POINTS = sys.maxunicode + 1

# Bits of the table for NLTK.
SPACE, WORD, DIGIT = 1, 2, 4
BLANK, ASCII_BLANK, PLAIN_WORD = 8, 16, 32
ENDS_WORD, CLOSES, CANNOT_START = 64, 128, 256
LOWER, UPPER = 512, 1024

# Bits of the table for o200k.
UPPERISH, LOWERISH, LETTER, NUMBER, WHITE, UNKNOWN = 1, 2, 4, 8, 16, 32


@cache
def nltk_characters() -> Bits:
    """uint16[1114112]: bits by code point; space, word and digit as NLTK's engine sees them, blank as `str` does."""
    from nltk.tokenize.punkt import PunktLanguageVars

    try:
        from nltk import redos as engine
    except ImportError:  # NLTK 3.9 compiles with the standard library
        engine = re
    table = np.zeros(POINTS, dtype=np.uint16)
    # The surrogates are no characters of a text; left out, they cannot join into others.
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, POINTS)]))
    language = PunktLanguageVars()
    realign = language.re_boundary_realignment.pattern
    for bit, expression, compiler in (
        (SPACE, r"\s+", engine),
        (WORD, r"\w+", engine),
        (DIGIT, r"\d+", engine),
        (PLAIN_WORD, r"\w+", re),
        (ENDS_WORD, language._re_non_word_chars + "+", engine),
        (CLOSES, realign[: realign.index("]") + 1] if "\\]" not in realign else _first_class(realign), engine),
    ):
        _mark(table, bit, compiler.compile(expression, re.UNICODE), text)
    starts = engine.compile(language._re_word_start, re.UNICODE)
    table[[point for point in range(128) if not starts.match(chr(point))]] |= CANNOT_START
    for bit, holds in ((BLANK, str.isspace), (LOWER, str.islower), (UPPER, str.isupper)):
        table[[ord(character) for character in text if holds(character)]] |= bit
    table[[ord(character) for character in string.whitespace]] |= ASCII_BLANK
    table.flags.writeable = False
    return table


def _first_class(expression: str) -> str:
    """The bracketed class an expression begins with, where it holds an escaped bracket."""
    return expression[: re.match(r"\[(?:\\.|[^\]])*\]", expression, re.DOTALL).end()]  # type: ignore[union-attr]


def _mark(table: Bits, bit: int, expression: Any, text: str) -> None:
    for match in expression.finditer(text):
        points = [ord(character) for character in match.group()]
        table[points] |= bit


@cache
def o200k_characters() -> Bits:
    """uint16[1114112]: bits by code point; `UNKNOWN` where this Python's Unicode data has no character."""
    table = np.zeros(POINTS, dtype=np.uint16)
    of_category = {
        "Lu": UPPERISH | LETTER,
        "Lt": UPPERISH | LETTER,
        "Ll": LOWERISH | LETTER,
        "Lm": UPPERISH | LOWERISH | LETTER,
        "Lo": UPPERISH | LOWERISH | LETTER,
        "Mn": UPPERISH | LOWERISH,
        "Mc": UPPERISH | LOWERISH,
        "Me": UPPERISH | LOWERISH,
        "Nd": NUMBER,
        "Nl": NUMBER,
        "No": NUMBER,
        "Cn": UNKNOWN,
    }
    for point in range(POINTS):
        table[point] = of_category.get(unicodedata.category(chr(point)), 0)
    blanks = [point for point in range(POINTS) if chr(point).isspace() and not 0x1C <= point <= 0x1F]
    table[blanks] |= WHITE
    table.flags.writeable = False
    return table
