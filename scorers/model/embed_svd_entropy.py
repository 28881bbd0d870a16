"""Entropy of the singular values of an embedding model's states: how rich the content of a text is.

    -sum p ln(p + 1e-10), p the shares of the singular values of the last hidden states (tokens x width)

Yu et al., ICCV 2025 (the term for informativeness). Reference: EmbedSVDEntropyScorer.
"""

from __future__ import annotations

from lake.kinds import OneOf, OrEmpty, Whole
from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

SVD_TOKENS, STATES = Whole(1, 1 << 20), OrEmpty(OneOf("choice of states", ("last", "even")))

SPECTRUM = StoredRows(
    "state_spectra",
    "spectrum(svd_tokens={svd_tokens},states={states})@{model}",
    ("entropy", "cut"),
    parity="spectrum(parity,max_length=8192,svd_tokens={svd_tokens},states={states})@{model}",
)

SCORER = Scorer(
    name="embed_svd_entropy",
    version="1",
    axes=(
        Axis(
            "embed_svd_entropy",
            "Entropy of the singular values of the states that an embedding model has of the text.",
            unit="nats",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(SPECTRUM,),
    options=(
        model_option("qwen3-embedding-8b"),
        CUT,
        Option(
            "svd_tokens",
            "",
            "states that count, of as many tokens; empty: all, in parity form 512",
            OrEmpty(SVD_TOKENS),
        ),
        Option("states", "", "which ones, of a longer text: last, or even for evenly spaced; empty: last", STATES),
    ),
    corrections=(
        "the states of all tokens, not of the last 512, which leave the instruction of a long sample out",
        "singular values in float64 from states in float32, not in float16",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-embedding-8b",
    citation="Yu et al., ICCV 2025",
    reference="EmbedSVDEntropyScorer: 2.883128 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """As it is stored."""
    return {"embed_svd_entropy": Column.of(floats(batch, SPECTRUM, "entropy"), too_long(batch, SPECTRUM, settings))}
