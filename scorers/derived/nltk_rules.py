"""NLTK's rules for words, on many pieces of sentences at once.

Its expressions look at no more than a word, the space around it, and both ends of its sentence. So pieces are joined
to one text, where characters that do not occur otherwise stand for the ends, and the expressions run over it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from scorers.derived.nltk_tokenizer import patient, tokenizers

Rules = list[tuple[Any, str]]

_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
_CONTRACTED = ("cann", "d'", "mm", "nna", "tta", "mo", "'t")
"""Letters of which each of NLTK's contractions has some, in lower-case text."""


def words_of(pieces: Sequence[str], before: Sequence[str], ends: Sequence[bool]) -> tuple[list[str], list[int]]:
    """The words of all pieces, and how many each has.

    - before: what is written before each: a space, a line feed for other white space, nothing where a sentence begins.
    - ends: whether nothing but closing marks follows in the sentence.
    """
    used = set().union(*pieces)
    between, start, end = islice((mark for mark in map(chr, chain(*_PRIVATE)) if mark not in used), 3)
    text = "".join(
        f"{between}{space or start}{piece}\n{end if last else ''}"
        for piece, space, last in zip(pieces, before, ends, strict=True)
    )
    opening, inner, closing = _rules(start, end)
    for rules, left in ((opening, start), (inner, end), (closing, "")):
        for expression, replacement in rules:
            text = expression.sub(replacement, text)
        text = text.replace(left, " ") if left else text
    words: list[str] = []
    counts = []
    for part in text.split(between)[1:]:
        own = _uncontracted(part).split()
        words += own
        counts.append(len(own))
    return words, counts


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
