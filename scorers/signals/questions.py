"""Signals of UniEval: how likely a T5 is to answer yes to a question about the response.

Zhong et al. 2022, arXiv 2210.07197. The questions are part of the models: their wording decides the numbers. Of a
question about sentences, each is a prompt of its own. What is compared with comes last and is cut first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scorers.engines.interface import Failed, Ids, Prompt, Tokenizer
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Asked, Reader, Sample, Signal
from scorers.signals.fitting import fitted
from scorers.signals.next_token import RELATION, row

END = " </s> "


@dataclass(frozen=True)
class YesNoQuestion:
    """One dimension.

    - question: what is asked.
    - parts: (label, what of the sample) in their order: `response`, each `sentence` of it, `source`, `reference`,
      `context`.
    """

    name: str
    question: str
    parts: tuple[tuple[str, str], ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of samples it depends on."""
        columns = {"source": "instruction", "reference": "reference_answer", "context": "meta"}
        return tuple(sorted({columns.get(part, "response") for _, part in self.parts}))


_DOCUMENT, _HISTORY = ("document", "source"), ("dialogue history", "source")
_REFERENCE, _FACT = ("reference", "reference"), ("fact", "context")
_CLAIM = YesNoQuestion("consistency", "Is this claim consistent with the document?", (("claim", "sentence"), _DOCUMENT))

QUESTIONS: dict[str, tuple[YesNoQuestion, ...]] = {
    "sum": (
        YesNoQuestion("coherence", "Is this a coherent summary to the document?", (("summary", "response"), _DOCUMENT)),
        _CLAIM,
        YesNoQuestion("fluency", "Is this a fluent paragraph?", (("paragraph", "sentence"),)),
        YesNoQuestion("relevance", "Is this summary relevant to the reference?", (("summary", "response"), _REFERENCE)),
    ),
    "d2t": (
        YesNoQuestion("naturalness", "Is this a fluent utterance?", (("utterance", "response"),)),
        YesNoQuestion(
            "informativeness",
            "Is this sentence informative according to the reference?",
            (("sentence", "response"), _REFERENCE),
        ),
    ),
    "dialog": (
        YesNoQuestion("naturalness", "Is this a natural response in the dialogue?", (("response", "response"),)),
        YesNoQuestion(
            "coherence",
            "Is this a coherent response given the dialogue history?",
            (("response", "response"), _HISTORY),
        ),
        YesNoQuestion(
            "engagingness",
            "Is this an engaging and informative response according to the dialogue history and fact?",
            (("response", "sentence"), _HISTORY, _FACT),
        ),
        YesNoQuestion(
            "groundedness",
            "Is this response consistent with knowledge in the fact?",
            (("response", "response"), _FACT),
        ),
        YesNoQuestion(
            "understandability", "Is this an understandable response in the dialogue?", (("response", "response"),)
        ),
    ),
    "fact": (_CLAIM,),
}
"""The dimensions of each task, in the order in which they are reported."""


def answered_yes(task: str, question: YesNoQuestion, *, parity: bool = False) -> Signal:
    """The log-probabilities of yes and no, a pair a prompt."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        given = {"source": _source(sample, task), "reference": sample.reference, "context": _context(sample)}
        for needed, name in (("reference", "reference answer"), ("context", "context")):
            if needed in [part for _, part in question.parts] and not given[needed]:
                return Failed("not_applicable", f"the sample has no {name}")
        if not sample.response:
            return NO_RESPONSE
        prompts, cut = [], 0
        for said in sentences(sample.response) if question.parts[0][1] == "sentence" else [sample.response]:
            others = [given[part] for _, part in question.parts[1:]]
            found = fitted(_build(question, reader), [said, *others], reader)
            if isinstance(found, Failed):
                return found
            prompts.append(Prompt(found.ids))
            cut += found.cut
        return Asked(tuple(prompts), cut) if prompts else NO_RESPONSE

    return Signal(
        f"unieval_{task}_{question.name}",
        "1",
        RELATION,
        "next_token",
        ask,
        lambda engine, requests: list(engine.next_token(requests, yes_and_no(engine.tokenizer))),
        row,
        reads=question.reads,
        parity=parity,
    )


def yes_and_no(tokenizer: Tokenizer) -> Sequence[int]:
    """The first tokens of the two answers."""
    return [tokenizer.encode("Yes")[0], tokenizer.encode("No")[0]]


def sentences(text: str) -> list[str]:
    """Sentences as NLTK's Punkt finds them, by the model that NLTK or a package has here."""
    from scorers.derived.nltk_tokenizer import tokenizers

    return list(tokenizers()[0].tokenize(text))


def _build(question: YesNoQuestion, reader: Reader) -> Callable[..., Ids]:
    def build(*contents: str) -> Ids:
        labelled = (f"{label}: {text}" for (label, _), text in zip(question.parts, contents, strict=True))
        ids = reader.tokenizer.encode(END.join([f"question: {question.question}", *labelled]), special=True)
        end = reader.tokenizer.eos
        if reader.parity and reader.most and len(ids) > reader.most and end is not None:
            ids = (*ids[: reader.most - 1], end)  # the reference's tokenizer keeps the end token
        return ids

    return build


def _source(sample: Sample, task: str) -> str:
    return f"{sample.instruction}\n\n" if task == "dialog" else sample.instruction


def _context(sample: Sample) -> str:
    return sample.context + "\n" if sample.context and not sample.context.endswith("\n") else sample.context
