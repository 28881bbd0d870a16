"""The signals `answer_given_prompt` and `answer_alone`: the answer's tokens after its prompt, and after a start token.

Both are of the same tokens, so that their difference is what the prompt is worth (IFD, arXiv 2308.12032). Prompt and
answer are tokenised apart; the prompt is the model's own chat template around the instruction, or a text of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scorers.engines.interface import Failed, Ids, Scored, TokenSignals
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import fitted
from scorers.signals.text import RELATION, answer_of, call

CHAT = "chat"
NO_RESPONSE = Failed("not_applicable", "there is no response")


def given_prompt(template: str = CHAT, *, parity: bool = False) -> Signal:
    """The answer after its prompt; template: `chat`, or a text with {instruction} in it."""
    return _signal("answer_given_prompt", template, _after_prompt, parity)


def alone(template: str = CHAT, *, parity: bool = False) -> Signal:
    """The same tokens of the answer after nothing but a start token."""
    return _signal("answer_alone", template, _after_start, parity)


def _after_prompt(prompt: Ids, answer: Ids, _: Reader) -> tuple[Ids, int]:
    return prompt + answer, len(prompt)


def _after_start(_: Ids, answer: Ids, reader: Reader) -> tuple[Ids, int]:
    return (start_of(reader), *answer), 1


def start_of(reader: Reader) -> int:
    """The token that stands for the beginning of a text: BOS, else EOS, else the first of the vocabulary."""
    tokenizer = reader.tokenizer
    found = tokenizer.eos if tokenizer.bos is None else tokenizer.bos
    return found or 0


def prompt_of(instruction: str, reader: Reader, template: str) -> Ids:
    """The prompt up to where the answer begins."""
    if template == CHAT:
        return reader.tokenizer.chat([("user", instruction)], generation=True)
    return reader.tokenizer.encode(template.replace("{instruction}", instruction))


def _signal(name: str, template: str, placed: Callable[[Ids, Ids, Reader], tuple[Ids, int]], parity: bool) -> Signal:
    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response:
            return NO_RESPONSE
        answer = reader.tokenizer.encode(sample.response)
        # At least a token of the answer; the reference cuts no prompt.
        room = Reader(reader.tokenizer, 0 if parity else reader.most and max(1, reader.most - 1))
        prompt = fitted(lambda text: prompt_of(text, reader, template), [sample.instruction], room)
        if isinstance(prompt, Failed):
            return prompt
        kept = answer[: max(0, reader.most - len(prompt.ids))] if reader.most else answer
        if not kept:
            return Failed(
                "too_long", f"the prompt alone has {len(prompt.ids):,} tokens, the model reads {reader.most:,}"
            )
        ids, start = placed(prompt.ids, kept, reader)
        return Asked((Scored(ids, ((start, len(ids)),)),), prompt.cut + len(answer) - len(kept))

    return Signal(name, "1", RELATION, "token_signals", ask, call, row, _parameters(template), parity=parity)


def row(_: Asked, outcomes: Sequence[TokenSignals]) -> Values:
    """The sums of the answer."""
    (span,) = outcomes[0].spans
    return {"tokens": span.tokens, **answer_of(span)}


def _parameters(template: str) -> Values:
    return {} if template == CHAT else {"template": template}
