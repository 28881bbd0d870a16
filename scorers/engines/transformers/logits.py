"""The output layer of a loaded causal model, checked against the model's own logits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from scorers.engines.interface import EngineError
from scorers.engines.output_layer import SLICE_BYTES, OutputLayer

_MULTIPLIED, _DIVIDED = ("logit_scale", "lm_head_multiplier"), ("logits_scaling",)


def of_model(model: Any) -> OutputLayer:
    """The output layer, with the scale and the bound that the configuration names.

    Raises EngineError for a model that makes its logits in another way: they would be wrong without a sign.
    """
    import torch

    config = model.config.get_text_config(decoder=True)
    layer = model.get_output_embeddings()
    scale = math.prod(float(getattr(config, name, None) or 1.0) for name in _MULTIPLIED)
    scale /= math.prod(float(getattr(config, name, None) or 1.0) for name in _DIVIDED)
    bound = float(getattr(config, "final_logit_softcapping", None) or 0.0)
    found = OutputLayer(layer.weight, layer.bias, scale, bound)
    ids = torch.arange(4, device=model.device)[None] % found.vocabulary
    with torch.inference_mode():
        theirs = model(input_ids=ids, use_cache=False).logits[0].float()
        ours = found.logits(model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0])
    if theirs.shape != ours.shape or not torch.allclose(theirs, ours, rtol=1e-2, atol=1e-3, equal_nan=True):
        raise EngineError(
            f"{type(model).__name__} makes its logits in a way of its own, which is not known here.",
            hint="Set the engine vllm for this model.",
        )
    return found


def slices(layer: OutputLayer, n: int) -> Iterator[slice]:
    """Ranges of n positions, the logits of each of at most SLICE_BYTES."""
    rows = max(1, SLICE_BYTES // (4 * layer.vocabulary))
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def not_finite(values: Any) -> bool:
    """Whether one of the numbers is none."""
    import numpy as np

    return not bool(np.isfinite(values).all())
