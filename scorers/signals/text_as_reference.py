"""The signal `text` as the reference asks it for single axes: each makes its text and finds the answer differently."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from scorers.engines.interface import TOP_SHARE, Failed, Ids, Scored, TokenSignals
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.text import NO_TOKEN, RELATION, answer_of, call, row, share_of, with_share


def text_of_norm_loss() -> Signal:
    """The whole text, whatever part is empty."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        ids = reader.tokenizer.encode(sample.both, special=True)
        kept = ids[: reader.most or None]
        return Asked((Scored(kept, ((1, len(kept)),)),), len(ids) - len(kept)) if len(kept) > 1 else NO_TOKEN

    return _signal("text_of_norm_loss", ask, row)


def text_of_upd() -> Signal:
    """The answer after as many tokens as the prompt has alone; tokens that look like padding are left out."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        tokenizer = reader.tokenizer
        ids = tokenizer.encode(sample.both)
        kept = ids[: reader.most or None]
        return _answer(kept, len(tokenizer.encode(sample.instruction + "\n")), len(ids), tokenizer.pad)

    return _signal("text_of_upd", ask, _joined)


def text_of_hes(top_share: float = TOP_SHARE) -> Signal:
    """The answer right after the prompt, from as many tokens on as the prompt has without special ones."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response:
            return NO_RESPONSE
        tokenizer = reader.tokenizer
        ids = tokenizer.encode(sample.instruction + sample.response, special=True)
        kept = ids[: reader.most or None]
        asked = _answer(kept, len(tokenizer.encode(sample.instruction)), len(ids), None)
        return with_share(asked, top_share)

    return replace(_signal("text_of_hes", ask, _joined), version="2", parameters=share_of(top_share))


def _answer(ids: Ids, start: int, wanted: int, left_out: int | None) -> Asked | Failed:
    places = [place for place in range(max(1, start), len(ids)) if ids[place] != left_out]
    if not places:
        return NO_TOKEN
    edges = [0, *(i for i in range(1, len(places)) if places[i] != places[i - 1] + 1), len(places)]
    spans = tuple((places[low], places[high - 1] + 1) for low, high in itertools.pairwise(edges))
    return Asked((Scored(ids, spans),), wanted - len(ids))


def _joined(_: Asked, outcomes: Sequence[TokenSignals]) -> Values:
    """Sums over all spans; thresholds only where there is one."""
    first, *rest = outcomes[0].spans
    found = dict(answer_of(first))
    for span in rest:
        for name, value in answer_of(span).items():
            found[name] = found[name] + value
    return {"tokens": found["answer_tokens"], **found}


def _signal(
    name: str,
    ask: Callable[[Sample, Reader], Asked | Failed],
    kept: Callable[[Asked, Sequence[TokenSignals]], Values],
) -> Signal:
    return Signal(name, "1", RELATION, "token_signals", ask, call, kept, parity=True)
