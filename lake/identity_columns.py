"""The identities of many samples at once: the ids of `lake.identity`, made from Arrow columns.

Characters that normalisation leaves alone (nearly all) go through compiled loops; a text with any other one takes
the way of `lake.identity`, row by row. Loading the compiled loops takes about half a second.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from xxhash import xxh3_128_digest

from lake.identity import content_id, instruction_id
from lake.identity_kernels import CLASSES, OTHER, PLAIN, SPACE, UPPER, add_messages, normalised_prompts

Bytes = npt.NDArray[np.uint8]

_ROLES = (b"system", b"user", b"assistant")
_MESSAGE_BYTES = 24  # two separators and a length


def content_ids(system: pa.Array, instruction: pa.Array, response: pa.Array) -> list[bytes]:
    """The content id of each conversation of a system prompt, a prompt and an answer; NULL = no such message."""
    columns = (system, instruction, response)
    n = len(instruction)
    parts = [_buffers(column) for column in columns]
    sizes = sum((np.diff(offsets) for _, offsets, _ in parts), np.zeros(n, np.int64))
    room = sum(len(role) + _MESSAGE_BYTES for role in _ROLES)
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(sizes + room, out=starts[1:])
    encoded = np.empty(int(starts[-1]), np.uint8)
    ends = starts[:-1].copy()
    simple = np.ones(n, np.bool_)
    for role, (data, offsets, present) in zip(_ROLES, parts, strict=True):
        add_messages(np.frombuffer(role, np.uint8), data, offsets, present, _nfc(), encoded, ends, simple)
    ids = _digests(encoded, starts[:-1], ends)
    names = [role.decode() for role in _ROLES]
    for row in np.flatnonzero(~simple):
        texts = [column[int(row)].as_py() for column in columns]
        ids[row] = content_id((name, text) for name, text in zip(names, texts, strict=True) if text is not None)
    return ids


def instruction_ids(instruction: pa.Array) -> list[bytes]:
    """The instruction id of each prompt; none may be NULL."""
    data, offsets, _ = _buffers(instruction)
    written, edges, simple = normalised_prompts(data, offsets, _prompt())
    ids = _digests(written, edges[:-1], edges[1:])
    for row in np.flatnonzero(~simple):
        ids[row] = instruction_id(instruction[int(row)].as_py())
    return ids


def uuids(ids: Sequence[bytes]) -> pa.Array:
    """Digests as an Arrow array of UUIDs."""
    storage = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(b"".join(ids))])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def _digests(data: Bytes, starts: Iterable[int], ends: Iterable[int]) -> list[bytes]:
    view = data.data
    edges = zip(np.asarray(starts).tolist(), np.asarray(ends).tolist(), strict=True)
    return [xxh3_128_digest(view[start:end]) for start, end in edges]


def _buffers(array: pa.Array) -> tuple[Bytes, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Bytes, offsets[n + 1] and presence[n] of an array of strings."""
    _, offsets, data = array.buffers()
    edges = np.frombuffer(offsets, np.int32, len(array) + 1, 4 * array.offset)
    present = np.asarray(array.is_valid())
    return np.frombuffer(data if data is not None else b"", np.uint8), edges, present


@cache
def _nfc() -> Bytes:
    return _classes("NFC")


@cache
def _prompt() -> Bytes:
    """Classes for prompts: NFKC, lower case and white space."""
    classes = _classes("NFKC")
    for code in range(CLASSES):
        text = chr(code)
        if text.isspace():
            classes[code] = SPACE
        elif "A" <= text <= "Z":
            classes[code] = UPPER
        elif text.lower() != text:
            classes[code] = OTHER
    return classes


def _classes(form: str) -> Bytes:
    """PLAIN for a starter that the form keeps and that no starter before it can combine with."""
    joins = _joining()
    classes = np.full(CLASSES, OTHER, np.uint8)
    for code in range(CLASSES):
        text = chr(code)
        if not unicodedata.combining(text) and unicodedata.is_normalized(form, text) and code not in joins:  # type: ignore[arg-type]
            classes[code] = PLAIN
    return classes


@cache
def _joining() -> frozenset[int]:
    """Code points that are the second of a canonical pair, and the vowels and finals of Hangul syllables."""
    seconds = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    for code in range(CLASSES):  # the canonical decompositions beyond are single characters
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(int(parts[1], 16))
    return frozenset(seconds)
