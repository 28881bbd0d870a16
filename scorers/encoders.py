"""Encoders by name: a function from texts to their token ids, end to end, and how many each text has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scorers.o200k_table import O200K, o200k_table, ranks

Encoded = tuple[npt.NDArray[np.int32], list[int] | npt.NDArray[np.int64]]
Encode = Callable[[list[str]], Encoded]

_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_BEFORE, _CLITIC = r"[^\r\n\p{L}\p{N}]?", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERN = "|".join(
    [
        f"{_BEFORE}{_UPPER}*{_LOWER}+{_CLITIC}",
        f"{_BEFORE}{_UPPER}+{_LOWER}*{_CLITIC}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
"""How o200k_base cuts a text before merging."""

_BETWEEN = "\ufdd0\ufdd1"
"""Put between texts that are encoded in one call, as a token of its own; made of what is no character."""


def is_o200k(name: str) -> bool:
    """Whether an encoder is the table of o200k_base, by name or by file."""
    return name == O200K or name.endswith(".tiktoken")


@cache
def encoder(name: str) -> Encode:
    """The table of o200k_base or another one of that kind by file, else tiktoken's encoding, else Hugging Face's.

    Special tokens in a text are text; none are added. Hugging Face's tokenizer is given by name, folder or
    `tokenizer.json`.
    """
    import tiktoken

    if is_o200k(name):
        return partial(_in_one_call, o200k_encoding(None if name == O200K else name))
    if name in tiktoken.list_encoding_names():
        found = tiktoken.get_encoding(name)
        return partial(_in_one_call, _encoding(name, found._pat_str, found._mergeable_ranks))
    from tokenizers import Tokenizer

    path = Path(name)
    file = path / "tokenizer.json" if path.is_dir() else path
    tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else Tokenizer.from_pretrained(name)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return lambda texts: _joined([found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=False)])


@cache
def o200k_encoding(path: str | None = None) -> Any:
    """Tiktoken's encoding over the table found here."""
    table = o200k_table(path)
    assert table is not None
    return _encoding(O200K, PATTERN, ranks(table))


def _encoding(name: str, pattern: str, table: dict[bytes, int]) -> Any:
    import tiktoken

    special = {_BETWEEN: max(table.values()) + 1}
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=table, special_tokens=special)


def _in_one_call(encoding: Any, texts: list[str]) -> Encoded:
    """All texts at once, without lists of Python; one by one where some is beyond tiktoken or holds the separator."""
    text = _BETWEEN.join(texts)
    try:
        if text.count(_BETWEEN) >= len(texts):
            raise ValueError
        found = encoding.encode_to_numpy(text, allowed_special="all")
    except ValueError:
        return _joined([_patiently(encoding, text) for text in texts])
    between = found == encoding.max_token_value
    edges = np.concatenate([[-1], np.flatnonzero(between), [len(found)]])
    return found[~between].astype(np.int32), np.diff(edges) - 1


def _patiently(encoding: Any, text: str) -> list[int]:
    """The tokens of a text; tiktoken gives up on hundreds of thousands of spaces in a row, where `regex` does not."""
    try:
        found: list[int] = encoding.encode(text, disallowed_special=())
    except ValueError:
        found = encoding._encode_only_native_bpe(text)
    return found


def _joined(parts: list[list[int]]) -> Encoded:
    """Ids end to end, and how many each part has."""
    return np.fromiter(chain.from_iterable(parts), dtype=np.int32), [len(part) for part in parts]
