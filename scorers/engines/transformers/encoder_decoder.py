"""Encoder-decoder models: the distribution of the first token they would answer with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scorers.engines.interface import Failed, Ids, NextToken
from scorers.engines.transformers.causal import NOT_FINITE
from scorers.engines.transformers.logits import not_finite
from scorers.engines.transformers.pooling import inputs


def first_token(model: Any, requests: Sequence[Ids], candidates: Sequence[int]) -> list[NextToken | Failed]:
    """One forward for the batch; the decoder is given its start token only."""
    import torch

    start = model.config.decoder_start_token_id
    with torch.inference_mode():
        begun = torch.full((len(requests), 1), start, device=model.device)
        found = model(**inputs(requests, model.device), decoder_input_ids=begun, use_cache=False)
        logs = found.logits[:, 0].float().log_softmax(-1)[:, list(candidates)].cpu().numpy()
    return [NOT_FINITE if not_finite(row) else NextToken(tuple(map(float, row))) for row in logs]
