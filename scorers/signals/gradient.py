"""The signals `gradient` and `fisher`: how a sample would change a model.

`gradient` is one backward pass of the mean loss of the answer's tokens: its norm (GraNd, arXiv 2107.07075) and the
spectra of the gradients of the attention's matrices (arXiv 2504.10766). `fisher` is the diagonal Fisher information of
the bias of the last norm (Task2Vec, arXiv 1902.03545; arXiv 2306.13840), which needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scorers.engines.interface import Engine, Failed, GradientSignals, Scored
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.text import NO_TOKEN, tokenised

RELATION = "gradient_signals"


def gradient(layers: tuple[int, ...] = (-1,), form: str = "") -> Signal:
    """One backward pass; layers: whose matrices are decomposed, those below 0 from the end.

    - form: the axis whose parity form it is, since the reference separates prompt and answer in three ways.
    """

    def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
        return list(engine.gradients(requests, layers=layers))

    parameters: dict[str, Any] = {} if layers == (-1,) else {"layers": " ".join(map(str, layers))}
    if not form:
        return Signal("gradient", "1", RELATION, "gradients", _ask_answer, call, gradient_row, parameters)
    name = f"gradient_of_{form}"
    return Signal(name, "1", RELATION, "gradients", _as_reference(form), call, gradient_row, parameters, parity=True)


def fisher(*, parity: bool = False) -> Signal:
    """The Fisher information over every token of the text."""

    def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
        return list(engine.gradients(requests, layers=(), fisher=True))

    return Signal("fisher", "1", RELATION, "gradients", _ask_whole, call, fisher_row, parity=parity)


def _ask_answer(sample: Sample, reader: Reader) -> Asked | Failed:
    if not sample.response:
        return NO_RESPONSE
    ids, start = tokenised(sample, reader)
    kept = ids[: reader.most or None]
    if start >= len(ids):
        return NO_TOKEN
    if start >= len(kept):
        return Failed("too_long", f"the instruction alone has {start:,} tokens, the model reads {reader.most:,}")
    return Asked((Scored(kept, ((start, len(kept)),)),), len(ids) - len(kept))


FORMS = {"grand": ("\n", ""), "effective_rank": ("\n", "\n"), "nuclear_norm": (" ", " ")}
"""What separates prompt and answer, and what of it the reference counts as the prompt's."""


def _as_reference(form: str) -> Callable[[Sample, Reader], Asked | Failed]:
    between, counted = FORMS[form]

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        prompt, answer = sample.instruction.strip(), sample.response.strip()
        ids = reader.tokenizer.encode(f"{prompt}{between}{answer}", special=True)
        start = len(reader.tokenizer.encode(prompt + counted, special=True))
        kept = ids[: reader.most or None]
        if max(1, start) >= len(kept):
            return NO_TOKEN
        return Asked((Scored(kept, ((max(1, start), len(kept)),)),), len(ids) - len(kept))

    return ask


def _ask_whole(sample: Sample, reader: Reader) -> Asked | Failed:
    ids = reader.tokenizer.encode(sample.both if reader.parity else sample.joined, special=True)
    kept = ids[: reader.most or None]
    if len(kept) < 2:
        return NO_TOKEN
    return Asked((Scored(kept, ((1, len(kept)),)),), len(ids) - len(kept))


def gradient_row(asked: Asked, outcomes: Sequence[GradientSignals]) -> Values:
    """Norm, loss, and ranks and norms by matrix; NULL where an architecture has no such matrix."""
    (found,) = outcomes
    by_matrix = {
        f"{name}_{matrix}": values.get(matrix)
        for name, values in (("effective_rank", found.effective_rank), ("nuclear_norm", found.nuclear_norm))
        for matrix in "qkvo"
    }
    return {"tokens": _tokens(asked), "loss": found.loss, "norm": found.norm, **by_matrix}


def fisher_row(asked: Asked, outcomes: Sequence[GradientSignals]) -> Values:
    """The vector."""
    values = outcomes[0].fisher
    assert values is not None  # it was asked for
    return {"tokens": _tokens(asked), "fisher": values.tolist()}


def _tokens(asked: Asked) -> int:
    request = asked.requests[0]
    assert isinstance(request, Scored)
    (start, end), *_ = request.spans
    return end - start
