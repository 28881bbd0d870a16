"""Making content fit into what a model reads: the end of the content is cut, never the scaffold around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from scorers.engines.interface import Failed, Ids, Tokenizer
from scorers.signals.asking import Reader


class Fitted(NamedTuple):
    """Ids that fit, and how many tokens of the content were left out."""

    ids: Ids
    cut: int


def fitted(build: Callable[..., Ids], contents: Sequence[str], reader: Reader) -> Fitted | Failed:
    """`build(*contents)`, with the ends of contents cut until it fits, the last content first.

    A scaffold that does not fit without any content is too long. In parity form the end of the whole is cut.
    """
    kept = list(contents)
    ids = build(*kept)
    wanted = len(ids)
    if reader.parity:
        return Fitted(ids[: reader.most or None], max(0, wanted - reader.most) if reader.most else 0)
    for place in reversed(range(len(kept))):
        while not reader.fits(len(ids)) and kept[place]:
            kept[place] = shortened(kept[place], len(ids) - reader.most, reader.tokenizer)
            ids = build(*kept)
    if not reader.fits(len(ids)):
        return Failed("too_long", f"{wanted:,} tokens, the model reads {reader.most:,}, and the prompt alone has more")
    return Fitted(ids, max(0, wanted - len(ids)))


def shortened(text: str, tokens: int, tokenizer: Tokenizer) -> str:
    """The text without about that many tokens at its end; always shorter."""
    _, places = tokenizer.offsets(text)
    left = len(places) - tokens
    end = places[left - 1][1] if left > 0 else 0
    return text[: min(end, len(text) - 1)]


class Frame(NamedTuple):
    """The special tokens that a tokenizer puts before, between and after texts."""

    before: Ids
    between: Ids
    after: Ids

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Frame:
        """Found by looking at two texts of which it is known what they become."""
        text = tokenizer.encode("a")
        single, pair = tokenizer.encode("a", special=True), tokenizer.pair("a", "a")
        start = _place(single, text, 0)
        second = _place(pair, text, start + len(text))
        return cls(single[:start], pair[start + len(text) : second], single[start + len(text) :])

    @property
    def size(self) -> int:
        """Special tokens around a single text."""
        return len(self.before) + len(self.after)

    def one(self, ids: Ids) -> Ids:
        """A text with its special tokens."""
        return self.before + ids + self.after

    def two(self, first: Ids, second: Ids) -> Ids:
        """Two texts with their special tokens."""
        return self.before + first + self.between + second + self.after


def _place(ids: Ids, part: Ids, start: int) -> int:
    for place in range(start, len(ids) - len(part) + 1):
        if ids[place : place + len(part)] == part:
            return place
    raise ValueError("the tokenizer does not keep a text in one piece")


def longest_first(first: Ids, second: Ids, most: int) -> tuple[Ids, Ids]:
    """Both, cut as the library `tokenizers` cuts pairs: the longer one down to the shorter, then both alike."""
    short, long = sorted((len(first), len(second)))
    if short + long > most:
        long = max(short, most - short)
    if short + long > most:
        short, long = most // 2, most // 2 + most % 2
    a, b = (long, short) if len(first) > len(second) else (short, long)
    return first[:a], second[:b]
