"""Conversations written as one text: "Human: … Assistant: …", "### Instruction: …", "Question: … Answer: …", ChatML."""

from __future__ import annotations

import re

from lake.formats.chat import Message

_DIALOGUES = (
    re.compile(r"(?:\A|\n\n) *(Human|Assistant|System): ?"),
    re.compile(r"### ?(Human|User|Assistant|System): ?"),
    re.compile(r"<\|im_start\|>(user|assistant|system)\n"),
)
_TASK = re.compile(r"^#{2,3} ?(Instruction|Input|Response)s?:?[ \t]*$", re.MULTILINE)
_QUESTION = re.compile(r"^(Question|Answer):[ \t]*", re.MULTILINE)
_ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system"}
_CHATML_END = re.compile(r"<\|im_end\|>\s*\Z")


def transcript(text: str) -> list[Message] | None:
    """The turns of a text that begins with a speaker's mark; None when it does not.

    White space around each turn belongs to the marks and is dropped.
    """
    for pattern in _DIALOGUES:
        marks = list(pattern.finditer(text))
        if not marks or text[: marks[0].start()].strip():
            continue
        return [
            Message(_ROLES[mark[1].lower()], _CHATML_END.sub("", body).strip())
            for mark, body in zip(marks, _bodies(text, marks), strict=True)
        ]
    return None


def marked(text: str) -> list[Message] | None:
    """The turns of a text whose marks leave no doubt, else None.

    Accepted: strictly alternating speakers, beginning with the user and with an answer; one "### Instruction", at
    most one "### Input", one "### Response" in this order; one "Question:" that begins the text and one "Answer:".
    """
    turns = transcript(text)
    if turns is not None:
        roles = [turn.role for turn in turns if turn.role != "system"]
        alternate = roles == [("user", "assistant")[number % 2] for number in range(len(roles))]
        system_first = all(turn.role != "system" for turn in turns[1:])
        return turns if alternate and system_first and len(roles) > 1 and all(turn.text for turn in turns) else None
    return _task(text) or _question(text)


def _task(text: str) -> list[Message] | None:
    marks = list(_TASK.finditer(text))
    if [mark[1] for mark in marks] not in (["Instruction", "Response"], ["Instruction", "Input", "Response"]):
        return None
    *prompt, answer = (body.strip() for body in _bodies(text, marks))
    if not prompt[0] or not answer:
        return None
    preamble = text[: marks[0].start()].strip()
    turns = [Message("system", preamble)] if preamble else []
    return [*turns, Message("user", "\n".join(filter(None, prompt))), Message("assistant", answer)]


def _question(text: str) -> list[Message] | None:
    marks = list(_QUESTION.finditer(text))
    if [mark[1] for mark in marks] != ["Question", "Answer"] or text[: marks[0].start()].strip():
        return None
    question, answer = (body.strip() for body in _bodies(text, marks))
    return [Message("user", question), Message("assistant", answer)] if question and answer else None


def _bodies(text: str, marks: list[re.Match[str]]) -> list[str]:
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
