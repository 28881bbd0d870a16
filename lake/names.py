"""What names of datasets and slices may look like: they become folders, SQL values and URLs."""

from __future__ import annotations

import re
import unicodedata

from lake.errors import UsageError

LONGEST = 100
"""Characters a name may have: safe as a folder on every file system, with room for a suffix."""

RULE = f"letters, digits, '_', '.' and '-', beginning with a letter or digit, at most {LONGEST} characters"

_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789"}
)


def validate_name(kind: str, name: str) -> str:
    """The name itself when it follows the rule; `kind` says what it names, e.g. `dataset`.

    Letters are ASCII, so that a name is one folder on file systems that fold Unicode. Names Windows keeps for
    devices (`con`, `nul.json`) and a final dot, which Windows drops, are refused as well.

    Raises UsageError with the rule and a cleaned name to use instead.
    """
    if (problem := _problem(name)) is None:
        return name
    shown = name if len(name) <= LONGEST else name[:LONGEST] + "…"
    raise UsageError(
        f"{shown!r} cannot be the name of a {kind}: {problem}.",
        hint=f"Names have {RULE}; try {cleaned_name(kind, name)!r}.",
    )


def cleaned_name(kind: str, name: str) -> str:
    """The nearest name that follows the rule; `kind` stands in where nothing is left, e.g. `dataset`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain)
    joined = re.sub(r"\.\.+", ".", joined)
    trimmed = joined.strip("_.-")[:LONGEST].rstrip("_.-")
    if not trimmed:
        return kind
    return f"{kind}-{trimmed}"[:LONGEST] if _problem(trimmed) else trimmed


def _problem(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters"
    if not _ALLOWED.fullmatch(name):
        wrong = next((char for char in name if not re.fullmatch(r"[A-Za-z0-9_.-]", char)), None)
        return f"it begins with {name[0]!r}" if wrong is None else f"it holds {wrong!r}"
    if name.endswith("."):
        return "it ends with a dot"
    if name.split(".", maxsplit=1)[0].lower() in _RESERVED:
        return "Windows keeps it for a device"
    return None
