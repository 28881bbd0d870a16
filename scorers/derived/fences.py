"""Fenced blocks of code in a text: where they begin and end, and which language they say they are."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

_FENCE = re.compile(r"`{3,}")
_FENCE_OF_BOTH = re.compile(r"`{3,}|^[ \t]*~{3,}", re.MULTILINE)
_START = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z0-9+\-#.]*[^\S\n]*\n")
_LANGUAGE = re.compile(r"[\s{]*\.?([A-Za-z0-9+\-#_]*)")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language in lower case, code) of every block, with the indentation and quotation marks of its fence taken off.

    A fence is three or more backticks, or tildes that begin a line. At the beginning of a line (after marks of lists
    and quotations) the rest of its line says the language, by its first word: `python title="a.py"`, `{.python .x}`;
    elsewhere only a single word does. A block ends where a line begins with as many backticks, else at the next ones,
    else with the text.
    """
    fence = _FENCE_OF_BOTH if "~~~" in text else _FENCE
    place = 0
    while opening := fence.search(text, place):
        ticks = opening[0].lstrip()
        first = opening.end() - len(ticks)
        before = text[text.rfind("\n", 0, first) + 1 : first]
        of_line = _START.fullmatch(before) is not None
        language, start = _said(text, opening.end(), of_line=of_line)
        end, place = _ends(text, start, ticks, of_line=of_line)
        if end is not None:
            code = text[start:end]
            if of_line and ">" in before:
                code = _QUOTE.sub("", code)
            yield language, (textwrap.dedent(code) if code[:1].isspace() else code).strip()


def _said(text: str, place: int, *, of_line: bool) -> tuple[str, int]:
    """The language said after a fence, and where the code begins."""
    line = text.find("\n", place)
    if line < 0:
        return "", place
    if of_line and "`" not in text[place:line]:
        found = _LANGUAGE.match(text, place, line)
        return (found[1].lower() if found else ""), line + 1
    word = _WORD.match(text, place)
    return (word[0].strip().lower(), word.end()) if word else ("", place)


def _ends(text: str, start: int, ticks: str, *, of_line: bool) -> tuple[int | None, int]:
    """Where the code ends, None for no block, and where to go on."""
    closing = None
    if of_line:
        closing = re.compile(rf"^[ \t>]*{ticks}+", re.MULTILINE).search(text, start)
    end = closing.start() if closing else text.find(ticks, start)
    if end < 0:
        return (len(text) if of_line else None), len(text)
    after = closing.end() if closing else end + len(ticks)
    while after < len(text) and text[after] == ticks[0]:
        after += 1
    return end, after
