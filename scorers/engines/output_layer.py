"""The layer that turns hidden states into distributions over the vocabulary, applied a few positions at a time.

Logits of a whole text would take length x vocabulary x 4 bytes: 20 GB for 32,768 tokens and 152,000 words. Slices of
positions keep it below `SLICE_BYTES`, whatever the length, and each is reduced in float32 to two numbers per position.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lake.errors import OdaError
from scorers.engines.spans import Doubles

SLICE_BYTES = 64 << 20
"""Of one slice of logits in float32; about three of this size live at once."""

_NAMES = ("lm_head.weight", "output.weight", "embed_out.weight")
_TIED = ("model.embed_tokens.weight", "transformer.wte.weight", "wte.weight", "embed_tokens.weight")


@dataclass(frozen=True)
class OutputLayer:
    """Weights (vocabulary x width), a bias or None, a factor of the logits, and their soft cap (0: none)."""

    weight: Any
    bias: Any = None
    scale: float = 1.0
    cap: float = 0.0

    @property
    def vocabulary(self) -> int:
        """Entries of the vocabulary."""
        return int(self.weight.shape[0])

    def logits(self, hidden: Any) -> Any:
        """float32 (n, vocabulary) of hidden states (n, width)."""
        import torch  # late: 2 s, and optional

        found = (hidden.to(self.weight.dtype) @ self.weight.T).float()
        if self.bias is not None:
            found += self.bias.float()
        if self.scale != 1.0:
            found *= self.scale
        return torch.tanh(found / self.cap) * self.cap if self.cap else found

    def token_values(self, hidden: Any, targets: Any) -> tuple[Doubles, Doubles]:
        """Ln p of the target and the entropy (nats) at each position: hidden (n, width), targets int64 (n,)."""
        import torch

        step = max(1, SLICE_BYTES // (4 * self.vocabulary))
        log_probabilities, entropies = [], []
        with torch.inference_mode():
            for start in range(0, len(targets), step):
                logits = self.logits(hidden[start : start + step].to(self.weight.device))
                wanted = targets[start : start + step].to(self.weight.device).unsqueeze(1)
                chosen, entropy = reduced(logits, wanted)
                log_probabilities.append(chosen.squeeze(1).double().cpu().numpy())
                entropies.append(entropy.double().cpu().numpy())
        empty = np.zeros(0)
        return (np.concatenate(log_probabilities), np.concatenate(entropies)) if log_probabilities else (empty, empty)


def reduced(logits: Any, wanted: Any) -> tuple[Any, Any]:
    """Log-probabilities at wanted entries (n, k) and entropies (n,) of float32 logits (n, vocabulary), overwritten."""
    largest = logits.max(dim=1, keepdim=True).values
    logits -= largest
    chosen = logits.gather(1, wanted)
    powers = logits.exp()
    total = powers.sum(dim=1, keepdim=True)
    normal = total.log()
    # H = ln Z - sum_v p_v z_v; p_v z_v is 0 where p_v underflows, also for z_v = -inf.
    weighted = (powers.mul_(logits.clamp_(min=-1e4))).sum(dim=1) / total.squeeze(1)
    return chosen - normal, normal.squeeze(1) - weighted


def of_checkpoint(folder: Path, *, device: str = "cpu", dtype: Any = None) -> OutputLayer:
    """The output layer of a causal model's weights on disk; raises OdaError where they hold none that is known here."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = config.get("text_config") or config
    places = _places(folder)
    tied = config.get("tie_word_embeddings", True)
    name = next((name for name in (*(() if tied else _NAMES), *_TIED, *_NAMES) if name in places), None)
    if name is None:
        raise OdaError(f"The weights in {folder} hold no output layer.", hint="Use the engine transformers.")
    weight = _tensor(places[name], name).to(device)
    bias_name = name.replace("weight", "bias")
    bias = _tensor(places[bias_name], bias_name).to(device) if bias_name in places and name in _NAMES else None
    divisor = config.get("logits_scaling", 1.0)
    return OutputLayer(
        weight.to(dtype) if dtype is not None else weight,
        bias,
        float(config.get("logit_scale", 1.0)) / float(divisor),
        float(config.get("final_logit_softcapping") or 0.0),
    )


def _places(folder: Path) -> dict[str, Path]:
    from safetensors import safe_open  # late: optional

    index = folder / "model.safetensors.index.json"
    if index.is_file():
        return {name: folder / file for name, file in json.loads(index.read_text())["weight_map"].items()}
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(str(path), framework="pt") as handle:
            found.update(dict.fromkeys(handle.keys(), path))
    return found


def _tensor(path: Path, name: str) -> Any:
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as handle:
        return handle.get_tensor(name)
