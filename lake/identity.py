"""Canonical text and identifiers: the same sample gets the same ids in every format and lake.

- `sample_id = dataset_no * 2**32 + row_no`, dense and sorted inside a dataset.
- `content_id`: XXH3-128 of the messages (roles and texts, NFC), for exact duplicates and the reuse of scores.
- `instruction_id`: XXH3-128 of the normalised prompt (NFKC, lower case, white space collapsed), for overlap.

Both hashes are stored as UUIDs: the 16 bytes of the digest, big-endian.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal

from xxhash import xxh3_128_digest

ROWS_PER_DATASET = 2**32
"""Room for rows in a dataset: `sample_id` is `dataset_no * ROWS_PER_DATASET + row_no`."""


def sample_id(dataset_no: int, row_no: int) -> int:
    """The id of a row: unique in the lake, sorted by dataset then row.

    Raises ValueError for a row number of 2^32 or more.
    """
    if not 0 <= row_no < ROWS_PER_DATASET:
        raise ValueError(f"row_no {row_no} is outside 0..2**32-1")
    return dataset_no * ROWS_PER_DATASET + row_no


def normalised_prompt(text: str) -> str:
    """Text as instruction ids see it: NFKC, lower case, runs of white space as one space, trimmed.

    Idempotent: lower-casing can denormalise ('İ'), so NFKC is applied on both sides of it.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    text = _normalised("NFKC", _normalised("NFKC", text).lower())
    text = _normalised("NFKC", text.lower())
    return " ".join(text.split())


def content_id(messages: Iterable[tuple[str, str]]) -> bytes:
    """16 bytes that identify a conversation given as (role, text) pairs in order.

    What is hashed: for each message its role, U+001F, the length of its NFC text in UTF-8 bytes, U+001F, the
    text. The length keeps two different conversations from sharing an encoding.
    """
    return xxh3_128_digest(b"".join([_encoded(role, text) for role, text in messages]))


def _encoded(role: str, text: str) -> bytes:
    body = (text if text.isascii() else _normalised("NFC", text)).encode()
    return b"%b\x1f%d\x1f%b" % (role.encode(), len(body), body)


def _normalised(form: Literal["NFC", "NFKC"], text: str) -> str:
    """The text in that form; looking whether it already is costs a fraction of making it."""
    return text if unicodedata.is_normalized(form, text) else unicodedata.normalize(form, text)


def instruction_id(prompt: str) -> bytes:
    """16 bytes that identify a prompt up to case, white space and compatibility forms."""
    return xxh3_128_digest(normalised_prompt(prompt).encode())
