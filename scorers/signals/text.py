"""The signal `text`: instruction and response as one text, its tokens given those before, in one forward pass.

It serves `ppl`, `norm_loss`, `upd` and `hes`. The whole is tokenised once, with the special tokens that the tokenizer
adds; the answer begins with the first token that stands for none of the instruction's characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scorers.engines.interface import TOP_SHARE, Engine, Failed, Ids, Scored, SpanSignals, TokenSignals
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values

RELATION = "token_signals"
NO_TOKEN = Failed("not_applicable", "no token of the text follows another")

_WHOLE = ("tokens", "log_probability", "entropy")
_ANSWER = (*_WHOLE, "threshold", "top_entropy", "top_tokens", "uncertainty")


def text(top_share: float = TOP_SHARE, *, parity: bool = False) -> Signal:
    """The signal; in parity form, of the text as it is stored; top_share: of the tokens with the highest entropies."""

    def ask_for(sample: Sample, reader: Reader) -> Asked | Failed:
        return with_share(ask(sample, reader), top_share)

    given = share_of(top_share)
    return Signal("text", "1", RELATION, "token_signals", ask_for, call, row, given, parity=parity)


def share_of(top_share: float) -> Values:
    """The share as a parameter of a signal, where it is not the usual one; raises ValueError for none."""
    if not 0 < top_share < 1:
        raise ValueError(f"{top_share:g} is no share between 0 and 1")
    return {} if top_share == TOP_SHARE else {"top_share": top_share}


def with_share(asked: Asked | Failed, top_share: float) -> Asked | Failed:
    """What is asked, with that share of the tokens summed apart."""
    if isinstance(asked, Failed) or top_share == TOP_SHARE:
        return asked
    requests = (replace(each, top_share=top_share) if isinstance(each, Scored) else each for each in asked.requests)
    return replace(asked, requests=tuple(requests))


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
