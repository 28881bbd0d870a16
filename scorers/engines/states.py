"""Singular values of the hidden states of a text: of which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def chosen_states(states: torch.Tensor, most: int, *, evenly: bool) -> torch.Tensor:
    """At most `most` of the hidden states [n, h]: the last ones, or evenly spaced from the first to the last."""
    import torch

    n = len(states)
    if n <= most:
        return states
    chosen: Any = torch.linspace(0, n - 1, most).long().to(states.device) if evenly else slice(n - most, n)
    found: torch.Tensor = states[chosen]
    return found
