"""The signals `answer_given_prompt` and `answer_alone`: the answer's tokens after its prompt, and after a start token.

Both are of the same tokens, so that their difference is what the prompt is worth (IFD, arXiv 2308.12032). Prompt and
answer are tokenised apart; the prompt is the model's own chat template around the instruction, or a text of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scorers.engines.interface import Failed, Ids, Scored, TokenSignals
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import fitted
from scorers.signals.text import RELATION, answer_of, call

CHAT = "chat"
NO_RESPONSE = Failed("not_applicable", "there is no response")


def given_prompt(template: str = CHAT) -> Signal:
    """The answer after its prompt; template: `chat`, or a text with {instruction} in it."""
    return _signal("answer_given_prompt", template, lambda prompt, answer, _: (prompt + answer, len(prompt)))


def alone(template: str = CHAT) -> Signal:
    """The same tokens of the answer after nothing but a start token."""
    return _signal("answer_alone", template, lambda _, answer, reader: ((start_of(reader), *answer), 1))


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


def _signal(name: str, template: str, placed: Any) -> Signal:
    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response:
            return NO_RESPONSE
        answer = reader.tokenizer.encode(sample.response)
        room = Reader(reader.tokenizer, reader.most and max(1, reader.most - 1))  # at least a token of the answer
        prompt = fitted(lambda text: prompt_of(text, reader, template), [sample.instruction], room)
        if isinstance(prompt, Failed):
            return prompt
        kept = answer[: reader.most - len(prompt.ids)] if reader.most else answer
        ids, start = placed(prompt.ids, kept, reader)
        return Asked((Scored(ids, ((start, len(ids)),)),), prompt.cut + len(answer) - len(kept))

    return Signal(name, "1", RELATION, "token_signals", ask, call, _row, _parameters(template))


def _row(_: Asked, outcomes: Sequence[TokenSignals]) -> Values:
    return answer_of(outcomes[0].spans[0])


def _parameters(template: str) -> Values:
    return {} if template == CHAT else {"template": template}
