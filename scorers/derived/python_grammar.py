"""Whether a text is Python, by CPython's own parser: the grammar of GRAMMAR, whatever Python runs this.

Only the grammar is asked, not what a compiler refuses later: `return` outside a function parses. Where the Python that
runs this is older, what came later (type parameters, quotes inside f-strings) is looked for in what it refuses, checked
by itself, and taken out. Parsing is safe on any text: depth and size are bounded, and nothing is run or kept.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import sys
import tokenize
import warnings

GRAMMAR = (3, 13)
"""The version of Python whose grammar is asked."""

MOST_BYTES = 250_000
"""The longest text that is parsed: a parser needs up to 800 bytes for each of them."""

_FILE = "<python block>"
_TYPED = re.compile(r"\b(?:class|def)\s+\w+\s*\[|^[^\S\n]*type\s+\w+", re.MULTILINE)
_FORMATTED = re.compile(r"(?i)(?<!\w)(?:f|fr|rf)['\"]")
_NOT_EXPRESSIONS = ("format_specifier", "type_conversion")
_PARAMETER = re.compile(r"\*{0,2} ?[^\W\d]\w*(?: :([^=]+))?(?: = ?(?:\* ?)?(.+))?", re.DOTALL)
_DEPTH = {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}


def silence() -> None:
    """Warnings of parsed texts (invalid escapes, `is` with a literal) are their authors' business, not the user's."""
    if not any(getattr(module, "pattern", "") == _FILE for *_, module, _ in warnings.filters):
        warnings.filterwarnings("ignore", module=_FILE)


def parses(source: str) -> bool | None:
    """Whether it is Python; None where the parser gives up: too long, nested too deep, too long a number."""
    if len(source) > MOST_BYTES:
        return None
    try:
        ast.parse(source, _FILE, feature_version=GRAMMAR)
    except (MemoryError, RecursionError):
        return None
    except (SyntaxError, ValueError) as error:  # ValueError: NUL characters
        if "Exceeds the limit" in str(error):
            return None
        return sys.version_info < GRAMMAR and _as_newer(source)
    return True


def _as_newer(source: str) -> bool:
    """Whether it parses once constructs that this Python does not know yet are taken out, each of them checked."""
    plain: str | None = source
    if sys.version_info < (3, 12) and "{" in source and _FORMATTED.search(source):
        plain = _without_formatted(source)
    if plain is not None and ("[" in plain or "type" in plain) and _TYPED.search(plain):
        plain = _without_types(plain)
    if plain is None or plain == source:
        return False
    try:
        ast.parse(plain, _FILE)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _is_expression(text: str) -> bool:
    return parses(f"({text}\n)") is True


def _without_formatted(source: str) -> str | None:
    """With an empty text in the place of every f-string; None where an expression in one of them is none."""
    import tree_sitter_python  # late, like every library of a scorer
    from tree_sitter import Language, Parser

    data = source.encode()
    kept: list[bytes] = []
    end = 0
    nodes = [Parser(Language(tree_sitter_python.language())).parse(data).root_node]
    while nodes:
        node = nodes.pop()
        parts = [child for child in node.children if child.type == "interpolation"] if node.type == "string" else []
        if not parts:
            nodes += reversed(node.children)
            continue
        for part in parts:
            fields = [child for child in part.named_children if child.type not in _NOT_EXPRESSIONS]
            if part.has_error or not all(_is_expression(data[f.start_byte : f.end_byte].decode()) for f in fields):
                return None
        kept += [data[end : node.start_byte], b'""']
        end = node.end_byte
    return b"".join([*kept, data[end:]]).decode()


def _without_types(source: str) -> str | None:
    """Without type parameters, and with `type X = ...` as an assignment; None where one of them is not well formed."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    starts = [0, *itertools.accumulate(map(len, source.splitlines(keepends=True)))]
    kept, end = [], 0

    def cut(low: tuple[int, int], high: tuple[int, int]) -> None:
        nonlocal end
        kept.append(source[end : starts[low[0] - 1] + low[1]])
        end = starts[high[0] - 1] + high[1]

    for at in range(len(tokens) - 2):
        token, name, after = tokens[at : at + 3]
        if name.type != tokenize.NAME or token.string not in ("class", "def", "type"):
            continue
        if token.string == "type" and after.string in ("[", "="):
            cut(token.start, name.start)
        if after.string == "[":
            closing = _closing(tokens, at + 2)
            if not closing or not all(map(_is_parameter, _parts(tokens[at + 3 : closing]))):
                return None
            cut(after.start, tokens[closing].end)
    return "".join([*kept, source[end:]])


def _closing(tokens: list[tokenize.TokenInfo], opening: int) -> int:
    """Where the bracket closes; 0 for nowhere."""
    depth = 0
    for at, token in enumerate(tokens[opening:], opening):
        depth += _DEPTH.get(token.string, 0)
        if depth == 0:
            return at
    return 0


def _parts(tokens: list[tokenize.TokenInfo]) -> list[str]:
    """What stands between commas that are in no bracket; a comma at the end is none."""
    parts, depth = [""], 0
    for token in tokens:
        depth += _DEPTH.get(token.string, 0)
        if token.string == "," and not depth:
            parts.append("")
        elif token.type not in (tokenize.NL, tokenize.COMMENT):
            parts[-1] += f"{token.string} "
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _is_parameter(text: str) -> bool:
    found = _PARAMETER.fullmatch(text.strip())
    return found is not None and all(_is_expression(part) for part in found.groups() if part is not None)
