"""Gradients of the mean loss of a span of tokens, and what is read off them: one backward pass a text.

The head's part of the pass runs in slices of positions, so that no matrix of text length times vocabulary is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scorers.engines.interface import Failed, Floats, GradientSignals, Scored
from scorers.engines.transformers.causal import Causal
from scorers.engines.transformers.logits import slices

if TYPE_CHECKING:
    import torch

MATRICES = {"q": ("q_proj",), "k": ("k_proj",), "v": ("v_proj",), "o": ("o_proj", "out_proj")}
_PLACE = re.compile(r"(?:^|\.)(\d+)\.(?:self_attn|attention|attn)\.(?:\w+\.)*(\w+)\.weight$")
_SMALLEST = 1e-10


def gradient_signals(causal: Causal, request: Scored, layers: Sequence[int]) -> GradientSignals | Failed:
    """The norm of the gradient of every parameter, and by matrix the spectrum of those of the chosen layers."""
    import torch

    causal.model.zero_grad(set_to_none=True)
    try:
        with torch.enable_grad():
            loss = _backward(causal, request)
        if not np.isfinite(loss):
            return Failed("failed", f"the loss is {loss}")
        gradients = [each.grad for each in causal.model.parameters() if each.grad is not None]
        norms = torch.stack([part.double() for part in torch._foreach_norm(gradients)])
        norm = float(norms.norm())
        if not np.isfinite(norm):
            return Failed("failed", f"the norm of the gradient is {norm}")
        ranks, nuclear = _spectra(attention_matrices(causal.model), layers)
        return GradientSignals(loss, norm, ranks, nuclear)
    finally:
        causal.model.zero_grad(set_to_none=True)


def _backward(causal: Causal, request: Scored) -> float:
    """Leave the gradient of the mean loss of the first span in the parameters; the loss."""
    import torch

    (start, end), *_ = request.spans
    states = causal.states([request.ids])[0, start - 1 : end - 1]
    targets = torch.tensor(request.ids[start:end], device=states.device)
    leaf = states.detach().requires_grad_()
    total = 0.0
    for part in slices(causal.layer, len(targets)):
        loss = torch.nn.functional.cross_entropy(causal.layer.logits(leaf[part]), targets[part], reduction="sum")
        loss = loss / len(targets)
        loss.backward()
        total += float(loss.detach())
    states.backward(leaf.grad)
    return total


def attention_matrices(model: Any) -> dict[int, dict[str, torch.Tensor]]:
    """The projections of queries, keys, values and outputs by layer; none where an architecture fuses them."""
    names = {name: matrix for matrix, each in MATRICES.items() for name in each}
    found: dict[int, dict[str, torch.Tensor]] = {}
    for name, parameter in model.named_parameters():
        place = _PLACE.search(name)
        if place and place[2] in names:
            found.setdefault(int(place[1]), {})[names[place[2]]] = parameter
    return found


def _spectra(
    matrices: Mapping[int, Mapping[str, Any]], layers: Sequence[int]
) -> tuple[dict[str, float], dict[str, float]]:
    """The mean effective rank and nuclear norm over the chosen layers, by matrix; layers below 0 count from the end."""
    import torch

    ranks: dict[str, list[float]] = {}
    nuclear: dict[str, list[float]] = {}
    last = max(matrices, default=-1)
    for layer in layers:
        place = layer + last + 1 if layer < 0 else layer
        for matrix, parameter in matrices.get(place, {}).items():
            values = torch.linalg.svdvals(parameter.grad.float()).double().cpu().numpy()
            nuclear.setdefault(matrix, []).append(float(values.sum()))
            ranks.setdefault(matrix, []).append(effective_rank(values))
    return ({k: float(np.mean(v)) for k, v in ranks.items()}, {k: float(np.mean(v)) for k, v in nuclear.items()})


def effective_rank(values: Any) -> float:
    """exp(-sum p ln p) of the shares p of singular values above 1e-10 (arXiv 2504.10766); 0 where there is none."""
    kept = values[values > _SMALLEST]
    shares = kept / kept.sum()
    shares = shares[shares > _SMALLEST]
    if not len(shares):
        return 0.0
    shares = shares / shares.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def fisher(causal: Causal, request: Scored) -> Floats | Failed:
    """The mean over tokens of the squared gradient of ln p(token) by the last hidden state; float32[h].

    Where the body ends in a norm with a bias, that is the gradient of this bias (the last parameter of GPT-2), in
    closed form: W[y] - sum over v of p_v W[v]. No backward pass.
    """
    import torch

    (start, end), *_ = request.spans
    layer, weight = causal.layer, causal.layer.weight
    if layer.cap:
        return Failed("not_applicable", "the model bounds its logits, so that the gradient has no closed form")
    with torch.inference_mode():
        states = causal.states([request.ids])[0, start - 1 : end - 1]
        targets = torch.tensor(request.ids[start:end], device=states.device)
        total = torch.zeros(weight.shape[1], dtype=torch.float64, device=states.device)
        for part in slices(layer, len(targets)):
            chances = layer.logits(states[part]).softmax(-1)
            gradient = layer.scale * (weight[targets[part]].float() - chances @ weight.float())
            total += gradient.double().square().sum(0)
        found: Floats = (total / len(targets)).float().cpu().numpy()
    if not np.isfinite(found).all():
        return Failed("failed", "the model gave no finite gradient")
    return found


def of_request(
    causal: Causal, request: Scored, layers: Sequence[int], with_fisher: bool, backward: bool
) -> GradientSignals | Failed:
    """What is asked of one text."""
    found: GradientSignals | Failed = GradientSignals(float("nan"), float("nan"))
    if backward:
        found = gradient_signals(causal, request, layers)
    if not with_fisher or isinstance(found, Failed):
        return found
    values = fisher(causal, request)
    return values if isinstance(values, Failed) else replace(found, fisher=values)
