"""What a reference answer is, and so how an attempt is checked against it."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Literal

Verifier = Literal["exact", "mathematics", "program", "judge"]

_TESTS = re.compile(r"(?m)^\s*assert\b|^\s*def check\(|^\s*class \w*Test\w*\(|unittest")
_LETTER = re.compile(r"\(?([A-Ja-j])\)?[.:]?")
_NUMBER = re.compile(r"[-+]?\$?\d[\d,]*(?:\.\d+)?%?")
_FORMULA = re.compile(r"\\[a-zA-Z]+|[=^_{}$]|\d\s*[+*/-]\s*\d|\d\s*/\s*\d|^[-+()\[\],.\d\s]+$")
_FINAL = re.compile(r"(?:final answer|answer)\s*(?:is|:)?\s*:?\s*(.+)", re.IGNORECASE)
_SHORT = 40


def verifier_of(reference: str) -> Verifier:
    """How attempts are checked.

    As a program where the reference holds tests, as mathematics, letter by letter, or by a judge where it is free text.
    """
    text = reference.strip()
    if _TESTS.search(text) or pairs_of(text) is not None:
        return "program"
    if _LETTER.fullmatch(text) or text.lower() in ("true", "false", "yes", "no"):
        return "exact"
    if _NUMBER.fullmatch(text) or _FORMULA.search(text):
        return "mathematics"
    return "exact" if len(text) <= _SHORT and len(text.split()) <= 3 else "judge"


def pairs_of(reference: str) -> list[tuple[str, str]] | None:
    """Pairs of standard input and expected output, of a reference {"inputs": […], "outputs": […]}; None for others."""
    try:
        found = json.loads(reference)
        pairs = list(zip(found["inputs"], found["outputs"], strict=True))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return [(_lines(given), _lines(wanted)) for given, wanted in pairs]


def _lines(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def final_answer(attempt: str) -> str:
    """What an attempt ends with: the last box, else what follows the last `answer is`, else its last line."""
    if (boxed := last_box(attempt)) is not None:
        return boxed
    if found := list(_FINAL.finditer(attempt)):
        return found[-1][1].strip()
    lines = [line.strip() for line in attempt.strip().splitlines() if line.strip()]
    return lines[-1] if lines else ""


def last_box(text: str) -> str | None:
    r"""What stands in the last \boxed{…}, braces balanced; None without one."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 1, start + len("\\boxed{")
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[begin:place].strip()
    return None


def same_text(reference: str, attempt: str) -> bool:
    """Whether an attempt ends with the reference, up to case, brackets, markup and punctuation around it."""
    found = _plain(final_answer(attempt))
    wanted = _plain(reference)
    if len(wanted) == 1:
        found = _plain(found.split()[0]) if found.split() else found
    return bool(wanted) and found == wanted


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"\\(?:text|textbf|mathrm|mathbf)\{([^}]*)\}", r"\1", text)
    return " ".join(text.strip().strip("*_`\"'$()[]{}.:;!, \n").split())
