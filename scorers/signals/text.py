"""The signal `text`: instruction and response as one text, its tokens given those before, in one forward pass.

It serves `ppl`, `norm_loss`, `upd` and `hes`. The whole is tokenised once, with the special tokens that the tokenizer
adds; the answer begins with the first token that stands for none of the instruction's characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scorers.engines.interface import Engine, Failed, Ids, Scored, SpanSignals, TokenSignals
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values

RELATION = "token_signals"
NO_TOKEN = Failed("not_applicable", "no token of the text follows another")

_WHOLE = ("tokens", "log_probability", "entropy")
_ANSWER = (*_WHOLE, "threshold", "top_entropy", "top_tokens", "uncertainty")


def text(*, parity: bool = False) -> Signal:
    """The signal; in parity form, of the text as it is stored."""
    return Signal("text", "1", RELATION, "token_signals", ask, call, row, parity=parity)


def ask(sample: Sample, reader: Reader) -> Asked | Failed:
    """One forward: the whole text, and the answer in it where there is one."""
    ids, start = tokenised(sample, reader)
    kept = ids[: reader.most or None]
    if len(kept) < 2:
        return NO_TOKEN
    spans = [(1, len(kept))]
    if 0 < start < len(kept):
        spans.append((start, len(kept)))
    return Asked((Scored(kept, tuple(spans)),), len(ids) - len(kept), {"answer": len(spans) - 1})


def tokenised(sample: Sample, reader: Reader) -> tuple[Ids, int]:
    """The tokens of the joined text, and the place of the first that is the answer's alone; 0 where there is none.

    Of a sample without an instruction, the answer begins with the first token that follows another.
    """
    ids, places = reader.tokenizer.offsets(sample.joined, special=True)
    if not sample.response:
        return ids, 0
    border = len(sample.joined) - len(sample.response)
    inside = (place for place, (start, end) in enumerate(places) if end > start >= border)
    return ids, max(1, next(inside, 0))


def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
    """Log-probabilities and entropies, summed over spans."""
    return list(engine.token_signals(requests))


def row(_: Asked, outcomes: Sequence[TokenSignals]) -> Values:
    """The sums of the whole text, and of the answer."""
    whole, *rest = outcomes[0].spans
    return {**whole_of(whole), **(answer_of(rest[0]) if rest else {})}


def whole_of(span: SpanSignals) -> Values:
    """Columns of a whole text."""
    return {name: getattr(span, name) for name in _WHOLE}


def answer_of(span: SpanSignals) -> Values:
    """Columns of an answer."""
    return {f"answer_{name}": getattr(span, name) for name in _ANSWER}
