"""What a licence asks of whoever uses what it covers, as far as its identifier or text says so."""

from __future__ import annotations

import re

from lake.exports.licences import identifier

UNSTATED, UNKNOWN = "unstated", "unknown"
"""Nothing is stated; something is stated that is not understood."""

_FREE = frozenset({"mit", "apache-2.0", "odc-by", "cc0-1.0", "unlicense", "cdla-permissive-2.0"})
_NONE_STATED = re.compile(r"none stated|no licen[cs]e|not stated|unknown|unspecified|^\s*$", re.IGNORECASE)
_TEXTS = (
    ("non_commercial", r"non-?commercial|\bnc\b|research (?:use|purposes?) only|only for research"),
    ("share_alike", r"share-?alike|\bsa\b|\bgpl\b|\bagpl\b|\bgfdl\b|\bodbl\b"),
    ("no_derivatives", r"no-?derivatives?|\bnd\b"),
)


def terms(text: str | None) -> tuple[str, ...]:
    """What a licence asks: attribution, share_alike, no_derivatives, non_commercial; else `unstated` or `unknown`."""
    if text is None or _NONE_STATED.search(text):
        return (UNSTATED,)
    every: set[str] = set()
    for part in re.split(r",|;| and ", text):
        every |= _of_one(part.strip()) if part.strip() else set()
    known = every - {UNKNOWN}
    return tuple(sorted(known if known else every)) if every else ()


def _of_one(text: str) -> set[str]:
    name = identifier(text)
    said = {term for term, pattern in _TEXTS if re.search(pattern, text.replace("_", "-"), re.IGNORECASE)}
    if name in _FREE:
        return said | (set() if name in ("cc0-1.0", "unlicense") else {"attribution"})
    if name.startswith("cc-by"):
        return said | {"attribution"} | {
            term for part, term in (("-nc", "non_commercial"), ("-sa", "share_alike"), ("-nd", "no_derivatives"))
            if part in name
        }  # fmt: skip
    return said or {UNKNOWN}
