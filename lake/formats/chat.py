"""Turns of a conversation and how they become one sample.

Rendering: `<|role|>` on a line of its own, then the text; turns are joined by a newline. A lone user turn is not
tagged, so a one-turn conversation gives the same instruction as an Alpaca row. Roles are user, assistant, system,
tool; others keep their name. Reasoning stands in the text as `<think>…</think>`, a call as `<tool_call>…</tool_call>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lake.formats.base import Sample, Unusable

ROLES = {
    "human": "user", "user": "user", "prompter": "user", "question": "user",
    "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant", "model": "assistant", "bot": "assistant",
    "ai": "assistant", "bing": "assistant", "bard": "assistant", "chatbot": "assistant",
    "patient": "user", "customer": "user", "client": "user", "student": "user", "asker": "user", "learner": "user",
    "用户": "user", "患者": "user", "病人": "user", "学生": "user", "顾客": "user", "人类": "user",
    "doctor": "assistant", "agent": "assistant", "teacher": "assistant", "tutor": "assistant", "therapist": "assistant",
    "counselor": "assistant", "expert": "assistant", "answerer": "assistant", "llm": "assistant",
    "助手": "assistant", "医生": "assistant", "客服": "assistant", "老师": "assistant", "机器人": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "observation": "tool", "function response": "tool", "function": "tool", "tool_response": "tool",
    "ipython": "tool",
    "function_call": "assistant", "tool_call": "assistant", "tool_calls": "assistant", "function-call": "assistant",
}  # fmt: skip
"""Names of roles in the wild, in lower case, and the role they mean."""

CALLS = frozenset(("function_call", "tool_call", "tool_calls", "function-call"))
"""Roles whose text is a tool call of the assistant."""

THINK = "<think>\n{}\n</think>\n"
TOOL_CALL = "<tool_call>\n{}\n</tool_call>"


class Message(NamedTuple):
    """One turn.

    - text: what the turn says, reasoning and tool calls included.
    - extra: what the stored message has beside or instead of role and content.
    - keep: whether the stored message says more than role and text.
    """

    role: str
    text: str
    extra: dict[str, Any] | None = None
    keep: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The message as stored: role, content and what the source gives beside them."""
        plain = {"role": self.role, "content": self.text}
        return plain if self.extra is None else {**plain, **self.extra}


class Conversation(NamedTuple):
    """A conversation cut before its last answer; the fields are those of a Sample."""

    instruction: str
    response: str | None
    system: str | None
    turns: tuple[tuple[str, str], ...] | None
    messages: list[dict[str, Any]] | None
    n_turns: int

    def sample(
        self, reference: str | None, rejected: str | None, split: str | None, meta: dict[str, Any] | None
    ) -> Sample:
        """The sample, with what stands beside the conversation."""
        instruction, response, system, turns, messages, n_turns = self
        return Sample(instruction, response, system, turns, messages, reference, rejected, split, meta, n_turns)


def render(messages: Sequence[Message]) -> str:
    """The turns as one text with role tags; a lone user turn is its bare text."""
    if len(messages) == 1 and messages[0].role == "user":
        return messages[0].text
    return "\n".join([f"<|{message.role}|>\n{message.text}" for message in messages])


def cut(messages: list[Message], system: str | None = None) -> Conversation:
    """The conversation as prompt and last answer; without a last answer all of it is the prompt.

    A leading system message is the system prompt; `system` is used where there is none. Raises Unusable when
    nothing stands before the answer.
    """
    if messages and messages[0].role == "system":
        head, body = messages[:1], messages[1:]
        system = head[0].text or None
    else:
        head, body = [Message("system", system)] if system else [], messages
    before, response = body, None
    if body and body[-1].role == "assistant":
        before, response = body[:-1], body[-1].text
    # Loops over a handful of turns: generators would cost more than the turns do.
    if not [message for message in before if message.text and not message.text.isspace()]:
        raise Unusable("no instruction: the conversation has no text before the last answer")
    answers = len([message for message in body if message.role == "assistant"]) + (response is None)
    simple = len(before) == 1 and before[0].role == "user"
    everything = head + body
    if simple and not [message for message in everything if message.keep]:
        return Conversation(before[0].text, response, system, None, None, answers)
    turns = None if simple else tuple([(message.role, message.text) for message in everything])
    return Conversation(render(before), response, system, turns, [message.as_dict() for message in everything], answers)
