"""What asking a judge will take: the tokens of a random sample of prompts, and of the answers it gave so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lake.catalog import Lake
from lake.relations import run
from pipelines.signalling.sources import Source
from scorers.engines import speeds
from scorers.engines.estimates import Forecast, estimated, forecast
from scorers.engines.tokenizer import HubTokenizer
from scorers.judging.asking import asked_of
from scorers.judging.question import Question
from scorers.models.weights import at_hand

SAMPLED = 300
"""Samples whose tokens are counted, of each dataset."""

_CHARACTERS = 4
"""Of a token, where the judge's tokenizer is not on this machine."""

_WRITTEN = {"scores": 12, "reason and score": 60, "tags": 150, "verdict": 8, "text": 600}
"""Tokens of an answer (of a rating) before the judge has given any."""


def forecaster(
    question: Question, source: Source, reads: Sequence[str], kind: str
) -> Callable[[Lake, str, int], Forecast]:
    """A function that says what asking about so many samples of a dataset will take."""

    def of(lake: Lake, dataset: str, samples: int) -> Forecast:
        rows = run(lake.connection, "sampled_rows", columns=list(reads), dataset=dataset, most=min(SAMPLED, samples))
        found = rows.to_arrow_table().to_pylist()
        texts = [asked_of(question, *(row.get(name) or "" for name in ("instruction", "response"))) for row in found]
        hand = at_hand(source.facts, hashed=False)
        if hand is None:
            counts = [len(text) // _CHARACTERS for text in texts]
        else:
            counts = [len(ids) for ids in HubTokenizer(hand.folder).encode_all(texts)]
        share = sum(map(bool, texts)) / max(1, len(texts))
        speed = speeds.known(source.facts.id, f"{source.engine}+{source.dtype}".strip("+"), "generate")
        written = samples * share * _of_an_answer(lake, question, kind)
        return forecast(source.facts, estimated(counts, texts=samples), written=written, speed=speed)

    return of


def _of_an_answer(lake: Lake, question: Question, kind: str) -> float:
    """Tokens of an answer: the mean of those this judge gave to the question, else what such answers take."""
    asked = "select avg(completion_tokens) from judgements where judgement = ? and completion_tokens > 0"
    known = lake.rows(asked, [kind])[0][0]
    guess = _WRITTEN[question.answer] * question.samples
    return float(known or guess * (len(question.rated) if question.answer == "scores" else 1))
