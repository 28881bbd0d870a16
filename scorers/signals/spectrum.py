"""The signal `spectrum`: the entropy of the singular values of an embedding model's last hidden states.

    sigma = singular values of the states (tokens x width), p = sigma / sum sigma, entropy = -sum p ln(p + 1e-10)

Yu et al., ICCV 2025.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scorers.engines.interface import Embedded, Engine, Failed, Floats, Prompt
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.rewards import EMPTY

RELATION = "state_spectra"
EVERY, PARITY = 1 << 30, 512
"""States of all tokens, and how many the reference takes where nobody says."""
LAST, EVEN = CHOICES = ("last", "even")


def spectrum(svd_tokens: int = 0, states: str = LAST, *, parity: bool = False) -> Signal:
    """The signal.

    - svd_tokens: of at most that many states; 0: of all, in parity form of 512.
    - states: the last ones, or evenly spaced ones.

    Raises ValueError for another choice of states.
    """
    if states not in CHOICES:
        raise ValueError(f"states are {' or '.join(CHOICES)}, not {states}")

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        text = Sample(sample.instruction.strip(), sample.response.strip()).joined
        if not text:
            return EMPTY
        ids = reader.tokenizer.encode(text, special=True)
        kept = ids[: reader.most or None]
        return Asked((Prompt(kept),), len(ids) - len(kept)) if kept else EMPTY

    def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
        return list(
            engine.embed(requests, svd_tokens=svd_tokens or (PARITY if parity else EVERY), evenly=states == EVEN)
        )

    parameters: dict[str, Any] = {"svd_tokens": svd_tokens} if svd_tokens else {}
    if states != LAST:
        parameters["states"] = states
    return Signal(
        "spectrum",
        "1",
        RELATION,
        "singular_values",
        ask,
        call,
        row,
        parameters,
        parity=parity,
    )


def row(asked: Asked, outcomes: Sequence[Embedded]) -> Values:
    """The entropy in nats."""
    values = outcomes[0].singular_values
    assert values is not None  # they were asked for
    return {"tokens": len(asked.requests[0].ids), "entropy": entropy(values)}


def entropy(values: Floats) -> float:
    """-sum p ln(p + 1e-10) of the shares p of singular values; 0 for none above 0."""
    total = values.astype(np.float64).sum()
    shares = values / total if total else np.zeros(0)
    return float(-(shares * np.log(shares + 1e-10)).sum())
