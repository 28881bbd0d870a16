"""Secrets stay out of what is printed, logged and stored: the catalogue's password, keys of S3, tokens of hubs, judges.

What is a secret is known from where secrets come from: the setting `catalog`, variables named like secrets, the token
file of the Hugging Face client. `redact` is applied at the outlets: the text of every OdaError, what the command
prints, crash reports, messages of snapshots, metadata and failures of Dagster. Rows written as CSV, JSON or Parquet are
data and stay as they are; the engine itself is never told a password in a form that it shows.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

HIDDEN = "***"
_LEAST = 6
_NAMES = re.compile(r"(?:API_KEY|JUDGE_KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD)$")
_PLACES = re.compile(
    r"""(?ix) (?P<before> \b \w*password \s*=\s* ) (?: '(?:[^'\\]|\\.)*' | [^\s'"&;,)]+ )"""
    r"""| (?P<address> \b [a-z][a-z0-9+.-]* :// [^\s/:@'"]* : ) [^\s/@'"]+ (?= @ )"""
)

_learned: set[str] = set()


def learn(secret: str) -> None:
    """Remember a secret that came with the settings."""
    if len(secret) >= _LEAST:
        _learned.add(secret)


def redact(text: str) -> str:
    """A text of ours (an error, a message) without secrets, known ones and those in the place of a password."""
    hidden = _PLACES.sub(lambda found: (found["before"] or found["address"]) + HIDDEN, text)
    return redact_known(hidden)


def redact_known(text: str) -> str:
    """A text that may quote data: only secrets that are known by their value are hidden."""
    known = tuple(sorted({*_learned, *_of_environment(), *_of_hub_client()}))
    return _pattern(known).sub(HIDDEN, text) if known else text


def scrub(error: BaseException) -> None:
    """Hide secrets in the texts of an exception and of those it came from, in place."""
    seen: set[int] = set()
    following: list[BaseException | None] = [error]
    while following:
        current = following.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.args = tuple(redact(part) if isinstance(part, str) else part for part in current.args)
        following += [current.__cause__, current.__context__]


def _of_environment() -> Iterator[str]:
    return (value for name, value in os.environ.items() if _NAMES.search(name) and len(value) >= _LEAST)


def _of_hub_client() -> Iterator[str]:
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    path = Path(os.environ.get("HF_TOKEN_PATH") or Path(home) / "token")
    try:
        token = _read(str(path), path.stat().st_mtime_ns)
    except OSError:
        return iter(())
    return iter((token,) if len(token) >= _LEAST else ())


@functools.lru_cache(maxsize=4)
def _read(path: str, _changed: int) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace").strip()


@functools.lru_cache(maxsize=16)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str]:
    """Every form a secret takes: as it is, in addresses, in JSON, in SQL, in libpq's own quoting."""
    forms = {
        form
        for secret in secrets
        for form in (
            secret,
            quote(secret, safe=""),
            json.dumps(secret)[1:-1],
            secret.replace("'", "''"),
            secret.replace("\\", "\\\\").replace("'", "\\'"),
        )
    }
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
