"""Signals by the name under which their rows are stored: `text@qwen3-8b`, `pieces(size=512)@qurater`.

A name says what is asked of which model. What stands in brackets are parameters of the signal, and `max_length`, where
a sample is cut before the model's own limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

from lake.errors import UnknownNameError, UsageError
from scorers.signals import answer, deita, example, gradient, questions, rating, rewards, spectrum, text, thinking, yes
from scorers.signals import text_as_reference as as_reference
from scorers.signals.asking import Signal

_FORM = re.compile(r"(?P<signal>[a-z0-9_]+)(\((?P<parameters>[^()]*)\))?@(?P<model>.+)", re.DOTALL)
_PARAMETERS: Mapping[str, Callable[[str], Any]] = {
    "size": int,
    "svd_tokens": int,
    "top_share": float,
    "layers": lambda given: tuple(int(layer) for layer in given.split()),
}


@dataclass(frozen=True)
class Named:
    """What a name says.

    - signal: what is asked.
    - model: of which model.
    - max_length: tokens at which a sample is cut; 0: at what the model can read.
    """

    signal: Signal
    model: str
    max_length: int


def named(kind: str) -> Named:
    """What is stored under a name; raises UsageError for what is none, UnknownNameError for an unknown signal."""
    found = _FORM.fullmatch(kind)
    if found is None:
        raise UsageError(f"{kind!r} names no signal.", hint="Write it like text@qwen3-8b.")
    given: dict[str, Any] = {}
    for part in filter(None, (found["parameters"] or "").split(",")):
        name, sign, value = part.partition("=")
        if not sign:
            given[name] = True
        elif value:  # an empty one is the default
            given[name] = _PARAMETERS.get(name, unquote)(value)
    most = int(given.pop("max_length", 0))
    makers = signals()
    if found["signal"] not in makers:
        raise UnknownNameError.of("signal", found["signal"], makers)
    try:
        return Named(makers[found["signal"]](**given), unquote(found["model"]), most)
    except (TypeError, ValueError, IndexError, OSError) as error:
        raise UsageError(f"The signal {kind!r} cannot be asked for: {error}.") from None


@cache
def signals() -> dict[str, Callable[..., Signal]]:
    """What makes each signal."""
    found: dict[str, Callable[..., Signal]] = {
        "text": text.text,
        "text_of_norm_loss": as_reference.text_of_norm_loss,
        "text_of_upd": as_reference.text_of_upd,
        "text_of_hes": as_reference.text_of_hes,
        "answer_given_prompt": answer.given_prompt,
        "answer_alone": answer.alone,
        "answer_zero_shot": example.zero_shot,
        "answer_after_example": example.after_example,
        "yes_to_quality": yes.yes,
        "end_of_thinking": thinking.end_of_thinking,
        "deita_complexity": deita.complexity,
        "deita_quality": deita.quality,
        "chat": rewards.chat,
        "chat_and_cls": rewards.chat_and_cls,
        "pair": rewards.pair,
        "dialogue": rewards.dialogue,
        "whole": rewards.whole,
        "pieces": rewards.pieces,
        "gradient": gradient.gradient,
        "fisher": gradient.fisher,
        "spectrum": spectrum.spectrum,
    }
    for form in gradient.FORMS:
        found[f"gradient_of_{form}"] = partial(gradient.gradient, form=form)
    for number in range(1, len(rating.questions()) + 1):
        found[f"rating_{number}"] = _rating(number)
    for task, asked in questions.QUESTIONS.items():
        for question in asked:
            found[f"unieval_{task}_{question.name}"] = _question(task, question)
    return found


def _rating(number: int) -> Callable[..., Signal]:
    return lambda questions="", parity=False: rating.rating(number, questions, parity=parity)


def _question(task: str, question: questions.YesNoQuestion) -> Callable[..., Signal]:
    return lambda parity=False: questions.answered_yes(task, question, parity=parity)
