"""Conversations written as one text: "Human: … Assistant: …", "### Instruction: …", rendered chat templates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.formats import templates
from lake.formats.chat import ROLES, TOOL_CALL, Message
from lake.formats.messages import calls_of

_NAMES = (
    "human", "user", "assistant", "system", "ai", "bot", "gpt", "chatgpt", "chatbot", "model", "prompter", "patient",
    "doctor", "customer", "agent", "client", "therapist", "counselor", "student", "teacher", "tutor", "tool",
    "observation", "function response", "用户", "助手", "患者", "医生", "病人", "客服", "老师", "学生",
)  # fmt: skip
_SPEAKERS = "|".join(
    sorted((form for name in _NAMES for form in {name, name.upper(), name.title()}), key=len, reverse=True)
)
_WORDS = (
    re.compile(r"(?:\A|\n\n) *(?P<role>Human|Assistant|System): ?"),
    re.compile(r"### ?(?P<role>Human|User|Assistant|System): ?"),
    re.compile(rf"^[ \t]*(?P<role>{_SPEAKERS})[:：][ \t]*", re.MULTILINE),
    re.compile(r"(?:\A|(?<=\s)|(?<=</s>))(?P<role>USER|ASSISTANT):(?= |\Z)"),
)
_TASK = re.compile(r"^#{2,3} ?(Instruction|Input|Response)s?:?[ \t]*$", re.MULTILINE)
_QUESTION = re.compile(r"^(Question|Answer):[ \t]*", re.MULTILINE)
_CALL = re.compile(r"<functioncall>\s*(?P<call>\{.*\})\s*\Z", re.DOTALL)
_QUOTED = re.compile(
    r"""\A\{\s*"name"\s*:\s*"(?P<name>[^"]+)"\s*,\s*"arguments"\s*:\s*'(?P<arguments>.*)'\s*\}\Z""", re.DOTALL
)


def transcript(text: str) -> list[Message] | None:
    """The turns of a text that begins with a speaker's mark; None when it does not.

    White space around each turn belongs to the marks and is dropped, and so are a template's tokens.
    """
    start = templates.BEGIN.match(text)
    began = start.end() if start else 0
    alone = None
    for pattern in (*_WORDS[:2], *templates.TOKENS, *_WORDS[2:]):
        marks = list(pattern.finditer(text))
        before = text[began : marks[0].start()].strip() if marks else ""
        if not marks or (before and not (began and pattern in templates.TOKENS)):
            continue
        roles = [_role(mark["role"]) for mark in marks]
        if None in roles:
            continue
        bodies = [templates.AROUND.sub("", body) for body in _bodies(text, marks)]
        turns = [*([Message("system", before)] if before else []), *_turns(roles, bodies)]
        if len(turns) > 1:
            return turns
        alone = alone or turns
    return alone


def marked(text: str) -> list[Message] | None:
    """The turns of a text whose marks leave no doubt, else None.

    Accepted: speakers that take turns, beginning with the user and with an answer; one "### Instruction", at most one
    "### Input", one "### Response" in this order; one "Question:" that begins the text and one "Answer:".
    """
    turns = transcript(text)
    if turns is not None:
        return turns if len(turns) > 1 and _take_turns(turns) and all(turn.text for turn in turns) else None
    return _task(text) or _question(text) or _introduced(text)


def rendered(text: str) -> bool:
    """Whether a text is turns between the tokens of a model's chat template."""
    start = templates.BEGIN.match(text)
    began = start.end() if start else 0
    return any(pattern.match(text, began) for pattern in templates.TOKENS) and marked(text) is not None


def unanswered(text: str) -> list[Message] | None:
    """The turns of a text that ends with the mark of an answer and nothing after it, else None."""
    turns = transcript(text)
    if not turns or len(turns) < 2 or turns[-1].role != "assistant" or turns[-1].text:
        return None
    return turns[:-1] if _take_turns(turns) and all(turn.text for turn in turns[:-1]) else None


def _role(name: str) -> str | None:
    name = name.lower()
    return templates.BRACKETS.get(name) or ROLES.get(name)


def _turns(roles: list[str | None], bodies: list[str]) -> Iterator[Message]:
    for number, (role, body) in enumerate(zip(roles, bodies, strict=True)):
        text = body
        if number == 0 and (system := templates.SYSTEM.match(text)):
            yield Message("system", system["system"].strip())
            text = text[system.end() :].strip()
        yield _said(str(role), text)


def _said(role: str, text: str) -> Message:
    """A turn; one that ends with a `<functioncall>` holds that call."""
    found = _CALL.search(text) if role == "assistant" else None
    if found is None:
        return Message(role, text)
    quoted = _QUOTED.match(found["call"])
    call = {"name": quoted["name"], "arguments": quoted["arguments"]} if quoted else found["call"]
    calls, said = calls_of(call), text[: found.start()].strip()
    shown = TOOL_CALL.format(
        f'{{"name": "{quoted["name"]}", "arguments": {quoted["arguments"]}}}' if quoted else found["call"]
    )
    whole = f"{said}\n{shown}" if said else shown
    return Message(role, whole, {"content": said, "tool_calls": calls} if calls else None, bool(calls))


def _take_turns(turns: list[Message]) -> bool:
    """Whether a system prompt comes first if at all, then users ask, and answers follow them or a tool."""
    roles = [turn.role for turn in turns]
    if roles[0] == "system":
        roles = roles[1:]
    before = {"user": {"", "assistant"}, "assistant": {"user", "tool"}, "tool": {"assistant", "tool"}}
    pairs = zip(["", *roles], roles, strict=False)
    return bool(roles) and all(earlier in before.get(role, set()) for earlier, role in pairs)


def _introduced(text: str) -> list[Message] | None:
    """A preamble, then "USER: … ASSISTANT: …" as Vicuna writes it: the preamble is the system prompt."""
    marks = list(_WORDS[3].finditer(text))
    if len(marks) < 2 or marks[0]["role"] != "USER":
        return None
    preamble = templates.AROUND.sub("", text[: marks[0].start()])
    if not preamble or "\n\n" in preamble or len(preamble) > 1000:
        return None
    turns = transcript(text[marks[0].start() :])
    if turns is None or not _take_turns(turns) or not all(turn.text for turn in turns):
        return None
    return [Message("system", preamble), *turns]


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
