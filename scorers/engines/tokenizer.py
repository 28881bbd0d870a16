"""A model's tokenizer, read from the folder of its weights; needs no torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lake.errors import MissingExtraError, OdaError
from scorers.engines.interface import Ids, NotLoadedError


class HubTokenizer:
    """The tokenizer of a folder in the layout of the hub; see `scorers.engines.interface.Tokenizer`."""

    def __init__(self, folder: Path, *, trust_remote_code: bool = False) -> None:
        if importlib.util.find_spec("transformers") is None:
            raise MissingExtraError.of("A tokenizer", "models")
        from transformers import AutoTokenizer  # late: 1 s
        from transformers.utils import logging

        logging.set_verbosity_error()  # lengths are checked here, not warned of
        try:
            self._inner: Any = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=trust_remote_code
            )
        except (OSError, ValueError) as error:
            raise NotLoadedError(
                f"Cannot read the tokenizer in {folder}: {str(error).splitlines()[0]}",
                hint="Fetch the model again: oda models fetch",
            ) from None
        self.folder = folder
        self.bos: int | None = self._inner.bos_token_id
        self.eos: int | None = self._inner.eos_token_id
        self.pad: int | None = self._inner.pad_token_id
        self.cls: int | None = self._inner.cls_token_id

    def encode(self, text: str, *, special: bool = False) -> Ids:
        """Token ids; special: with the tokens the model's tokenizer adds around a text."""
        return tuple(self._inner.encode(text, add_special_tokens=special))

    def encode_all(self, texts: Sequence[str], *, special: bool = False) -> list[Ids]:
        """The same for many texts at once."""
        if not texts:
            return []
        return [tuple(ids) for ids in self._inner(list(texts), add_special_tokens=special)["input_ids"]]

    def offsets(self, text: str, *, special: bool = False) -> tuple[Ids, tuple[tuple[int, int], ...]]:
        """Token ids, and for each the range of characters of the text it stands for."""
        found = self._inner(text, add_special_tokens=special, return_offsets_mapping=True)
        return tuple(found["input_ids"]), tuple((int(start), int(end)) for start, end in found["offset_mapping"])

    def pair(self, first: str, second: str) -> Ids:
        """Two texts as the model's tokenizer joins them, with its special tokens."""
        return tuple(self._inner(first, second)["input_ids"])

    def chat(self, messages: Sequence[tuple[str, str]], *, generation: bool = True, **template: Any) -> Ids:
        """Messages (role, content) by the model's chat template; generation: with the header of an answer.

        Raises OdaError where the model has no template.
        """
        if not self._inner.chat_template:
            raise OdaError(
                f"The model in {self.folder} has no chat template.",
                hint="Choose a chat model, or put chat_template.jinja beside its weights.",
            )
        turns = [{"role": role, "content": content} for role, content in messages]
        text = self._inner.apply_chat_template(turns, add_generation_prompt=generation, tokenize=False, **template)
        # The template writes the special tokens itself: adding them again would give two starts.
        return self.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens."""
        return str(self._inner.decode(list(ids)))

    def token(self, text: str) -> int | None:
        """The id of a token of the vocabulary; None where it has no such token."""
        found = self._inner.convert_tokens_to_ids(text)
        return None if found is None or found == self._inner.unk_token_id else int(found)
