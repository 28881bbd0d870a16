"""Reasoning tags and code fences of a response.

Tags are `<think>`, `</think>`, `<redacted_reasoning>`, `</redacted_reasoning>`, in any case, with optional spaces
before `>`. A fence is three backticks, an optional language word and white space, and all up to the next three.
"""

from __future__ import annotations

import re

import pyarrow.compute as pc

from scorers.batch import Batch, Mask

TAG_PATTERN = r"</?(?:think|redacted_reasoning)\s*>"
TAG = re.compile(r"<(/?)(think|redacted_reasoning)\s*>", re.IGNORECASE)
FENCE = re.compile(r"```[A-Za-z0-9+\-#.]*\s*.*?```", re.DOTALL)


def tagged(batch: Batch, view: str = "response") -> Mask:
    """bool[n]: where any tag occurs; False where the text is missing."""
    found = pc.match_substring_regex(batch.text(view, raw=True), TAG_PATTERN, ignore_case=True)
    where: Mask = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return where


def parts(text: str) -> tuple[str, str]:
    """(reasoning, answer): what lies inside tags and what lies outside.

    Text before a first tag that closes is reasoning (the opening tag stands in the chat template), and so is
    text after an opening tag that is never closed.
    """
    reasoning: list[str] = []
    answer: list[str] = []
    tags = list(TAG.finditer(text))
    place, inside = 0, bool(tags) and tags[0][1] == "/"
    for tag in tags:
        (reasoning if inside else answer).append(text[place : tag.start()])
        place, inside = tag.end(), tag[1] != "/"
    (reasoning if inside else answer).append(text[place:])
    return "\n".join(reasoning), "\n".join(answer)
