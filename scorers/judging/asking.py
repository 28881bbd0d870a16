"""Asking a judge about samples: prompts in, answers out; what cannot be read is asked once more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lake.redaction import redact_known
from scorers.engines.interface import Engine, EngineError, Failed, Generated, Prompt
from scorers.judging.answers import Answer, read
from scorers.judging.question import Question
from scorers.judging.subjects import is_of

_KEPT = 20_000
"""Characters of a raw answer that are kept."""


@dataclass(frozen=True)
class Judgement:
    """One row of `judgements` beside its key: an answer, or a status and a reason; what it took."""

    status: str
    detail: str | None = None
    answer: str | None = None
    raw: str | None = None
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


_NOTHING = Judgement("failed")


class StoppedAsking(EngineError):  # noqa: N818 - the engine's error, with the judgements that came before it
    """The engine gave up; found: judgements by place, None where there is none."""

    def __init__(self, cause: EngineError, found: Sequence[Judgement | None]) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.found = tuple(found)


def ask(question: Question, engine: Engine, texts: Sequence[tuple[str, str]], *, seed: int = 0) -> list[Judgement]:
    """What a judge answers about samples, given as (instruction, response).

    Raises StoppedAsking where the engine gives up, with what was answered before.
    """
    found: list[Judgement | None] = [_not_asked(question, *each) for each in texts]
    prompts = {place: _prompt(question, engine, *texts[place]) for place, each in enumerate(found) if each is None}
    _put(question, engine, prompts, found, seed)
    return [each for each in found if each is not None]


def ask_prompts(question: Question, engine: Engine, prompts: Sequence[Prompt]) -> list[Judgement]:
    """What a judge answers to prompts of a question; raises StoppedAsking as `ask` does."""
    found: list[Judgement | None] = [None] * len(prompts)
    _put(question, engine, dict(enumerate(prompts)), found, 0)
    return [each for each in found if each is not None]


def _put(
    question: Question, engine: Engine, prompts: Mapping[int, Prompt], found: list[Judgement | None], seed: int
) -> None:
    """Put prompts to a judge and its answers to their places; what could not be read is asked once more."""
    unread: list[int] = []
    for again in (False, True):
        places = unread if again else list(prompts)
        unread = []
        if not places:
            continue
        stopped: EngineError | None = None
        outcomes: Sequence[Any]
        try:
            outcomes = engine.generate([prompts[place] for place in places], question.sampling(seed=seed, again=again))
        except EngineError as error:
            stopped, outcomes = error, list(error.partial) or [None] * len(places)
        for place, outcome in zip(places, outcomes, strict=True):
            if outcome is None:
                continue
            judged = _judged(question, outcome, found[place] or _NOTHING)
            found[place] = judged
            if judged.status == "unparsable":
                unread.append(place)
        if stopped is not None:
            for place in unread if not again else ():
                found[place] = None  # it has a second try to come
            raise StoppedAsking(stopped, found) from stopped


def asked_of(question: Question, instruction: str, response: str) -> str:
    """The prompt about a sample; empty where nothing is asked of it."""
    if _not_asked(question, instruction, response) is not None:
        return ""
    return question.text({"instruction": instruction, "response": response})


def _not_asked(question: Question, instruction: str, response: str) -> Judgement | None:
    """Why nothing is asked of a sample; None where something is."""
    if not instruction.strip():
        return Judgement("not_applicable", "there is no instruction")
    if question.needs_response and not response.strip():
        return Judgement("not_applicable", "there is no response")
    if not is_of(question.applies, instruction):
        what = "a problem of mathematics" if question.applies == "math" else "a task of programming"
        return Judgement("not_applicable", f"the instruction is not {what}")
    return None


def _prompt(question: Question, engine: Engine, instruction: str, response: str) -> Prompt:
    """A chat message; for a model without a template, the tokens of the literal conversation it was trained on."""
    values = {"instruction": instruction, "response": response}
    if question.frame and engine.facts.template != "chat":
        return Prompt(engine.tokenizer.encode(question.frame.replace("{}", question.text(values)), special=True))
    return question.prompt(values)


def _judged(question: Question, outcome: Generated | Failed, before: Judgement) -> Judgement:
    """What an outcome says, after what came of an earlier try."""
    attempts = before.attempts + 1
    if isinstance(outcome, Failed):
        return replace(before, status=outcome.status, detail=outcome.reason, attempts=attempts)
    answer, raw = _answer(question, outcome)
    found = Judgement(
        "ok",
        raw=raw,
        attempts=attempts,
        prompt_tokens=outcome.prompt_tokens + before.prompt_tokens,
        completion_tokens=sum(each.tokens for each in outcome.completions) + before.completion_tokens,
    )
    if answer.problem:
        return replace(found, status="unparsable", detail=_clean(answer.problem)[:500])
    return replace(found, answer=redact_known(json.dumps(answer.value, ensure_ascii=False)))


def _answer(question: Question, outcome: Generated) -> tuple[Answer, str | None]:
    """The answer of one completion, or of several the list of their texts; and what was generated."""
    if question.answer == "text":
        texts = [{"text": _clean(each.text), "finish": each.finish} for each in outcome.completions]
        return (Answer(texts) if texts else Answer(problem="there is no answer")), None
    first = outcome.completions[0]
    return read(question, first.text, first.finish), _clean(first.text)[:_KEPT]


def _clean(text: str) -> str:
    """The text as a database takes it, without NUL and half characters; keys that are known here are blotted out."""
    return redact_known(text).replace("\x00", "�").encode("utf-8", "replace").decode()
