"""The reader with a language model: asks for sources with quotes, and believes no quote that is not in the text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pipelines.tracing.claims import RELATIONS, Claim, Document, Use
from pipelines.tracing.names import parse
from scorers.engines.interface import Engine, Failed, Generated, Prompt, Sampling

CHUNK = 12_000
"""Characters of a document that are asked about at once."""

LONGEST = 96_000
"""Characters of a document that are read; papers say where data comes from before that."""

_TRIES = 3
_USES = (*get_args(Use), "model")
_SAID = tuple(relation for relation in RELATIONS if relation != "benchmark_contamination")
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_SPACE = re.compile(r"\s+")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sources": {
            "type": "array",
            "maxItems": 40,
            "items": {
                "type": "object",
                "properties": {
                    "quote": {"type": "string", "minLength": 1, "maxLength": 1000},
                    "name": {"type": "string", "minLength": 1, "maxLength": 200},
                    "use": {"enum": list(_USES)},
                    "relation": {"enum": list(_SAID)},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                },
                "required": ["quote", "name", "use", "relation", "confidence"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sources"],
    "additionalProperties": False,
}
"""What an answer looks like; engines that can enforce it do."""


@dataclass(frozen=True)
class Reading:
    """What came of a document: its claims, or why it could not be read; asked: answers that were needed."""

    document: Document
    claims: tuple[Claim, ...] = ()
    problem: str = ""
    asked: int = 0


@cache
def question() -> str:
    """The fixed part of the prompt."""
    return Path(__file__).with_name("question.md").read_text(encoding="utf-8")


def reader_of(engine: Engine) -> str:
    """Who reads: the model, its revision, the engine, and the question with the schema, as a name that is stored."""
    asked = hashlib.sha256((question() + json.dumps(SCHEMA, sort_keys=True)).encode()).hexdigest()[:12]
    facts = engine.facts
    return f"{facts.id}{'@' + facts.revision if facts.revision else ''} {engine.stamp} {asked}"


def read(engine: Engine, documents: Sequence[Document], *, max_tokens: int = 2048) -> list[Reading]:
    """Read documents, all of their chunks at once; what is no answer by the schema is asked again, with another seed.

    Every document has a reading at its place. Raises EngineError when the engine cannot go on.
    """
    reader = reader_of(engine)
    chunks = [(place, chunk) for place, document in enumerate(documents) for chunk in pieces(document.text)]
    answers: dict[int, list[dict[str, Any]]] = {}
    problems: dict[int, str] = {}
    asked = [0] * len(documents)
    pending = list(range(len(chunks)))
    for attempt in range(_TRIES):
        if not pending:
            break
        prompts = [_prompt(documents[chunks[at][0]], chunks[at][1]) for at in pending]
        sampling = Sampling(max_tokens, temperature=0.3 if attempt else 0.0, seed=attempt, schema=SCHEMA)
        again = []
        for at, outcome in zip(pending, engine.generate(prompts, sampling), strict=True):
            asked[chunks[at][0]] += 1
            found = parsed(outcome)
            if isinstance(found, str):
                problems[at] = found
                again += [] if isinstance(outcome, Failed) else [at]
            else:
                answers[at] = found
                problems.pop(at, None)
        pending = again
    readings = []
    for place, document in enumerate(documents):
        mine = [at for at, (owner, _) in enumerate(chunks) if owner == place]
        claims = [_claim(document, said, reader) for at in mine for said in answers.get(at, ())]
        problem = "; ".join(dict.fromkeys(problems[at] for at in mine if at in problems))
        readings.append(Reading(document, tuple(dict.fromkeys(claims)), problem, asked[place]))
    return readings


def pieces(text: str) -> list[str]:
    """A text in pieces of at most CHUNK characters, cut between paragraphs where there are some; each has some text."""
    text, found = text[:LONGEST], []
    while len(text) > CHUNK:
        cut = max(text.rfind("\n\n", CHUNK // 2, CHUNK), 0) or max(text.rfind("\n", CHUNK // 2, CHUNK), 0) or CHUNK
        found.append(text[:cut])
        text = text[cut:]
    return [piece for piece in (*found, text) if piece.strip()]


def _prompt(document: Document, piece: str) -> Prompt:
    about = f"Dataset: {document.node}\nDocument: {document.place}\n\n"
    about += f"===== DOCUMENT =====\n{piece}\n===== END =====\n\nJSON:"
    return Prompt(messages=(("system", question()), ("user", about)), template=(("enable_thinking", False),))


def parsed(outcome: Generated | Failed) -> list[dict[str, Any]] | str:
    """What an answer lists, checked by the schema; or why it says nothing."""
    if isinstance(outcome, Failed):
        return f"{outcome.status}: {outcome.reason}"
    answer = outcome.completions[0]
    if answer.finish == "length":
        return "the answer was cut off before its end"
    body = _THOUGHT.sub("", answer.text).strip()
    if fenced := _FENCE.match(body):
        body = fenced[1].strip()
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"the answer is not JSON: {error}"
    if not isinstance(found, dict) or not isinstance(found.get("sources"), list):
        return "the answer has no list of sources"
    return next(filter(None, map(_problem, found["sources"])), "") or list(found["sources"])


def _problem(said: Any) -> str:
    """What is wrong with an entry of an answer; empty where nothing is."""
    fields = SCHEMA["properties"]["sources"]["items"]["properties"]
    if not isinstance(said, dict) or set(said) != set(fields):
        return "an entry lacks or adds fields"
    if not all(isinstance(said[name], str) and said[name].strip() for name in ("quote", "name")):
        return "an entry has no quote or no name"
    if said["use"] not in _USES or said["relation"] not in _SAID:
        return "an entry has a use or relation that is not among those asked for"
    if isinstance(said["confidence"], bool) or not isinstance(said["confidence"], int | float):
        return "an entry has no confidence"
    return "" if 0 <= said["confidence"] <= 1 else "an entry has a confidence beyond 0 to 1"


def _claim(document: Document, said: dict[str, Any], reader: str) -> Claim:
    use: Use = "mention" if said["use"] == "model" else said["use"]
    return checked(
        Claim(
            child=document.node,
            mention=said["name"].strip(),
            relation=said["relation"],
            confidence=float(said["confidence"]),
            quote=said["quote"].strip(),
            place=document.place,
            reader=reader,
            use=use,
        ),
        document.text,
    )


def checked(claim: Claim, text: str) -> Claim:
    """The claim, with what is wrong with it where its quote is not in the document or does not name the source."""
    if not occurs(claim.quote, text):
        return replace(claim, problem="the quote does not occur in the document")
    if not _named(claim.mention, claim.quote, text):
        return replace(claim, problem="neither the quote nor the document names it")
    return claim


def occurs(quote: str, text: str) -> bool:
    """Whether a text holds a quote letter for letter; runs of white space count as one space, as lines are broken."""
    return bool(quote.strip()) and _spaced(quote) in _spaced(text)


@cache
def _spaced(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _named(name: str, quote: str, text: str) -> bool:
    """Whether the quote names the source, or the document has its full address."""
    key = parse(name).key
    squeezed = "".join(character for character in quote.lower() if character.isalnum() or character == ".")
    return bool(key) and (key in squeezed or key.replace(".", "") in squeezed.replace(".", "") or name in text)
