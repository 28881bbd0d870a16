"""The address of a PostgreSQL catalogue and its password, apart: DuckDB shows the address to whoever asks."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from lake.errors import UsageError

_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)\s*")
_URI = re.compile(r"postgres(?:ql)?://")


class Address(NamedTuple):
    """What DuckDB may show, and what goes into its secret."""

    shown: str
    password: str


def address(catalog: str) -> Address:
    """The parts of a catalogue setting; what is no PostgreSQL address comes back as it is.

    Both forms of libpq are read: `postgres:host=… password=…` and `postgres:postgresql://user:password@host/name`
    (also without the first `postgres:`). Raises UsageError for one that cannot be read; it is not quoted.
    """
    if not catalog.startswith(("postgres:", "postgresql:")):
        return Address(catalog, "")
    text = catalog if _URI.match(catalog) else catalog.partition(":")[2]
    pairs = _of_uri(text) if _URI.match(text) else _of_pairs(text)
    password = pairs.pop("password", "")
    return Address("postgres:" + " ".join(f"{key}={_quoted(value)}" for key, value in pairs.items()), password)


def _of_pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    place = 0
    while place < len(text.rstrip()):
        found = _PAIR.match(text, place)
        if found is None:
            raise _unreadable("write it as host=… dbname=… user=…, values with spaces in single quotes")
        value = found[2][1:-1] if found[2].startswith("'") else found[2]
        pairs[found[1]] = re.sub(r"\\(.)", r"\1", value)
        place = found.end()
    return pairs


def _of_uri(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _unreadable("special characters in an address are written like %40") from None
    pairs = {
        "host": unquote(parts.hostname or ""),
        "port": str(port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.lstrip("/")),
    }
    return {key: value for key, value in {**pairs, **dict(parse_qsl(parts.query))}.items() if value}


def _quoted(value: str) -> str:
    if re.fullmatch(r"[^\s'\\]+", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _unreadable(why: str) -> UsageError:
    return UsageError(f"The address of the catalogue cannot be read: {why}.", hint="Correct ODA_CATALOG or oda.toml.")
