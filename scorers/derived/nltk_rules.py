"""NLTK's rules for words, on many pieces of sentences at once.

Its expressions look at no more than a word, the space around it, and both ends of its sentence. So pieces are joined
to one text, where characters that do not occur otherwise stand for the ends, and the expressions run over it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain, islice
from typing import Any, NamedTuple

from scorers.derived.nltk_tokenizer import patient, tokenizers

Rules = list[tuple[Any, str]]

_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


_CONTRACTED = ("cann", "d'", "mm", "nna", "tta", "mo", "'t")
"""Letters of which each of NLTK's contractions has some, in lower-case text."""


class Piece(NamedTuple):
    """A word of a sentence with what is written to it.

    - before: a space, a line feed for other white space, or nothing where the sentence begins.
    - ends: whether nothing but closing marks follows in the sentence.
    """

    text: str
    before: str = " "
    ends: bool = False


def words_of(pieces: Sequence[Piece]) -> list[list[str]]:
    """The words of every piece."""
    used = set().union(*(piece.text for piece in pieces))
    between, start, end = islice((mark for mark in map(chr, chain(*_PRIVATE)) if mark not in used), 3)
    text = "".join(f"{between}{piece.before or start}{piece.text}\n{end if piece.ends else ''}" for piece in pieces)
    opening, inner, closing = _rules(start, end)
    for rules, left in ((opening, start), (inner, end), (closing, "")):
        for expression, replacement in rules:
            text = expression.sub(replacement, text)
        text = text.replace(left, " ") if left else text
    return [_uncontracted(part).split() for part in text.split(between)[1:]]


def _uncontracted(text: str) -> str:
    """Cut words that NLTK lists as contracted."""
    if any(letters in text for letters in _CONTRACTED):
        words = tokenizers()[1]
        for expression in words.CONTRACTIONS2 + words.CONTRACTIONS3:
            text = expression.sub(r" \1 \2 ", text)
    return text


@cache
def _rules(start: str, end: str) -> tuple[Rules, Rules, Rules]:
    """The rules up to those that need the start of a sentence, those that need its end, and all others."""
    words = tokenizers()[1]
    inner = [*words.PUNCTUATION, words.PARENS_BRACKETS, words.DOUBLE_DASHES]

    def within(rules: Rules) -> Rules:
        return [(_within(expression, start, end), replacement) for expression, replacement in rules]

    return within(words.STARTING_QUOTES), within(inner), within(words.ENDING_QUOTES)


def _within(expression: Any, start: str, end: str) -> Any:
    """An expression of NLTK that takes characters for the ends of a sentence, without a limit on its time."""
    source = expression.pattern
    if source.startswith("^"):
        source = f"(?<={start}){source[1:]}"
    elif source.endswith("$"):
        source = f"{source[:-1]}(?={end})"
    return patient(expression, source)
