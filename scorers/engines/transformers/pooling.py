"""Reward models and classifiers: the raw outputs of their heads, and what embedding models make of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scorers.engines.interface import Embedded, Failed, Floats, Ids, Pooled
from scorers.engines.states import chosen_states
from scorers.engines.transformers.causal import NOT_FINITE, padded
from scorers.engines.transformers.logits import not_finite

if TYPE_CHECKING:
    import torch


class Pooling:
    """A body, and a head that reads its states where `read_at` says; without a head of its own, the whole model.

    - read_at: the last token, the first, the mean of all, or the last token of that id.
    """

    def __init__(self, body: Any, head: Any, read_at: str | int) -> None:
        self.body = body
        self.head = head
        self.read_at = read_at

    def pooled(self, requests: Sequence[Ids]) -> list[Pooled | Failed]:
        """One forward for the batch; the head reads one state of each text."""
        import torch

        with torch.inference_mode():
            if self.head is None:
                values = self.body(**inputs(requests, self.body.device)).logits
            else:
                values = self.head(self._read(self._states(requests), requests))
            found = values.float().cpu().numpy()
        return [NOT_FINITE if not_finite(row) else Pooled(row.copy()) for row in found]

    def embed(self, requests: Sequence[Ids], svd_tokens: int, *, evenly: bool = False) -> list[Embedded | Failed]:
        """One forward for the batch; the spectrum of the states of each text where svd_tokens is not 0."""
        import torch

        with torch.inference_mode():
            states = self._states(requests)
            vectors = self._read(states, requests).float().cpu().numpy()
            found: list[Embedded | Failed] = []
            for row, ids in enumerate(requests):
                values = singular_values(states[row, : len(ids)], svd_tokens, evenly=evenly) if svd_tokens else None
                wrong = not_finite(vectors[row]) or (values is not None and not_finite(values))
                found.append(NOT_FINITE if wrong else Embedded(_unit(vectors[row]), values))
        return found

    def _states(self, requests: Sequence[Ids]) -> torch.Tensor:
        found: torch.Tensor = self.body(**inputs(requests, self.body.device)).last_hidden_state
        return found

    def _read(self, states: torch.Tensor, requests: Sequence[Ids]) -> torch.Tensor:
        import torch

        if self.read_at == "mean":
            return torch.stack([states[row, : len(ids)].float().mean(0) for row, ids in enumerate(requests)])
        places = torch.tensor([place(ids, self.read_at) for ids in requests], device=states.device)
        return states[torch.arange(len(requests), device=states.device), places]


def _unit(vector: Floats) -> Floats:
    """The vector at length 1, as it is stored; one without direction stays as it is."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector.copy()


def place(ids: Ids, read_at: str | int) -> int:
    """The position that is read; the last where the token that marks another is not in the text."""
    if isinstance(read_at, int) and read_at in ids:
        return len(ids) - 1 - ids[::-1].index(read_at)
    return 0 if read_at == "first" else len(ids) - 1


def inputs(requests: Sequence[Ids], device: Any) -> dict[str, torch.Tensor]:
    """Padded ids; a mask only where something is padded, since it can cost memory of text length squared."""
    tokens, mask = padded(requests, device)
    even = len({len(ids) for ids in requests}) == 1
    return {"input_ids": tokens} if even else {"input_ids": tokens, "attention_mask": mask}


def singular_values(states: torch.Tensor, most: int, *, evenly: bool = False) -> Floats:
    """The singular values of hidden states [n, h], falling; of at most `most` rows: the last, or evenly spaced ones.

    They are the square roots of the eigenvalues of the smaller Gram matrix, in float64.
    """
    import torch

    states = chosen_states(states, most, evenly=evenly).double()
    gram = states @ states.T if states.shape[0] <= states.shape[1] else states.T @ states
    found: Any = torch.linalg.eigvalsh(gram).clamp(min=0).sqrt().flip(0).float().cpu().numpy()
    return np.ascontiguousarray(found)
