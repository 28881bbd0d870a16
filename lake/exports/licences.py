"""Licences as people write them, as the identifiers dataset cards know."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = {
    "mit": "mit",
    "mitlicense": "mit",
    "cc0": "cc0-1.0",
    "cc0-1.0": "cc0-1.0",
    "cc01.0": "cc0-1.0",
    "cdla-permissive-2.0": "cdla-permissive-2.0",
    "unlicense": "unlicense",
    "openrail": "openrail",
    "llama2": "llama2",
    "llama3": "llama3",
    "llama3.1": "llama3.1",
}
_APACHE = re.compile(r"apache(license)?,?(version)?-?v?2(\.0)?")
_CREATIVE = re.compile(r"cc-?by(?P<nc>-nc)?(?P<tail>-sa|-nd)?-?v?(?P<version>[1-4]\.[05])")
_OPEN_DATA = re.compile(r"odc-?by(-?v?1\.0)?")


def card_licence(licences: Iterable[str | None]) -> str:
    """The identifier for a card: that of the licence all share, `unknown` where none is stated, else `other`."""
    named = {(text or "").strip() for text in licences}
    if named <= {""}:
        return "unknown"
    found = {identifier(text) for text in named}
    return found.pop() if len(found) == 1 else "other"


def identifier(text: str) -> str:
    """The identifier of one licence text; `other` for an unknown one. Remarks after a bracket or ';' are not read."""
    short = re.split(r"[(;:]", text.lower(), maxsplit=1)[0]
    short = re.sub(r"\s+", "", re.sub(r"(?<=by)[\s-]+|(?<=nc)[\s-]+", "-", short.strip()))
    if _APACHE.fullmatch(short):
        return "apache-2.0"
    if found := _CREATIVE.fullmatch(short):
        return f"cc-by{found['nc'] or ''}{found['tail'] or ''}-{found['version']}"
    if _OPEN_DATA.fullmatch(short):
        return "odc-by"
    return _PLAIN.get(short, "other")
