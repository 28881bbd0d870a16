"""Causal language models: signals of the tokens of a text, and the distribution of the token after a prompt.

Batches are padded on the right and run without a mask: no token attends to what follows it, so that padding changes
nothing, and attention needs no matrix of text length squared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scorers.engines.interface import Failed, Ids, NextToken, Scored, TokenSignals
from scorers.engines.spans import scored_range, signals
from scorers.engines.transformers.logits import not_finite, of_model

if TYPE_CHECKING:
    import torch

NOT_FINITE = Failed("failed", "the model gave numbers that are not finite")


def padded(ids: Sequence[Ids], device: Any, pad: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Int64[rows, longest] filled up on the right, and a mask of what is text."""
    import torch

    longest = max(map(len, ids))
    tokens = np.full((len(ids), longest), pad, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for row, each in enumerate(ids):
        tokens[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return torch.from_numpy(tokens).to(device), torch.from_numpy(mask).to(device)


class Causal:
    """A causal model: its body and its output layer."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.body = model.base_model
        self.layer = of_model(model)

    def states(self, ids: Sequence[Ids]) -> torch.Tensor:
        """The last hidden states [rows, longest, h]; those of padding mean nothing."""
        tokens, _ = padded(ids, self.model.device)
        found: torch.Tensor = self.body(input_ids=tokens, use_cache=False).last_hidden_state
        return found

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """One forward for the batch; the positions of all its spans go through the output layer in slices."""
        import torch

        ranges = [scored_range(request) for request in requests]
        with torch.inference_mode():
            states = self.states([request.ids for request in requests])
            chosen = torch.cat([states[row, start - 1 : end - 1] for row, (start, end) in enumerate(ranges)])
            targets = [request.ids[start:end] for request, (start, end) in zip(requests, ranges, strict=True)]
            wanted = torch.from_numpy(np.concatenate([np.asarray(each, np.int64) for each in targets]))
            del states
            values, entropies = self.layer.token_values(chosen, wanted.to(chosen.device))
        edges = np.cumsum([0, *map(len, targets)])
        return [
            signals(request, values[low:high], entropies[low:high], self.layer.vocabulary)
            for request, low, high in zip(requests, edges, edges[1:], strict=False)
        ]

    def next_token(self, requests: Sequence[Ids], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """One forward for the batch; only the last positions go through the output layer."""
        import torch

        with torch.inference_mode():
            states = self.states(requests)
            last = torch.tensor([len(ids) - 1 for ids in requests], device=states.device)
            logs = self.layer.logits(states[torch.arange(len(requests), device=states.device), last]).log_softmax(-1)
            found = logs[:, list(candidates)].cpu().numpy()
        return [NOT_FINITE if not_finite(row) else NextToken(tuple(map(float, row))) for row in found]
