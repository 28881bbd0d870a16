"""Encoders by name: a function from texts to their token ids.

`o200k_base` has a compiled path in `scorers.derived.tokens` and comes here only with texts that path leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from scorers.resources.bpe_table import O200K, o200k_table, ranks

Encode = Callable[[list[str]], list[list[int]]]

# How o200k_base cuts a text before merging; `scorers.kernels.o200k` follows it step by step.
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


@cache
def o200k_encoding(path: str | None = None) -> Any:
    """Tiktoken's encoding over the table found here."""
    import tiktoken

    table = o200k_table(path)
    assert table is not None
    return tiktoken.Encoding(O200K, pat_str=PATTERN, mergeable_ranks=ranks(table), special_tokens={})


@cache
def other_encoder(name: str) -> Encode:
    """Tiktoken's encoding of that name, else a Hugging Face tokenizer by name, folder or `tokenizer.json`.

    Special tokens in a text are text; none are added.
    """
    import tiktoken

    if name in tiktoken.list_encoding_names():
        encoding = tiktoken.get_encoding(name)
        return lambda texts: [encoding.encode_ordinary(text) for text in texts]
    from tokenizers import Tokenizer

    path = Path(name)
    file = path / "tokenizer.json" if path.is_dir() else path
    tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else Tokenizer.from_pretrained(name)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return lambda texts: [found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=False)]
