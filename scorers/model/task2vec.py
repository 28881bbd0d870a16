"""Diversity of what the samples of a dataset would teach a model: mean distance of their Fisher vectors.

    1 - mean cosine over pairs of samples, of F = mean over tokens of (d ln p(token) / d bias of the last norm)^2

In closed form by the sum of the unit vectors, (|sum|^2 - n) / (n (n - 1)). Task2Vec, Achille et al. 2019,
arXiv 1902.03545; the diversity coefficient, Lee et al. 2023, arXiv 2306.13840. Reference: Task2VecScorer.
"""

from __future__ import annotations

from scorers.collection import Collection, DatasetScore
from scorers.signals.reading import NFC, model_option
from scorers.spec import Axis, Scorer, Settings, StoredRows

FISHER = StoredRows("gradient_signals", "fisher@{model}", ("fisher",), parity="fisher(parity,max_length=512)@{model}")

SCORER = Scorer(
    name="task2vec",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "task2vec",
            "Mean cosine distance of what pairs of samples would change in a model.",
            range=(0, 2),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(FISHER,),
    options=(model_option("gpt2"),),
    corrections=(
        "the Fisher information of the last norm's bias in closed form, not of all parameters by backward passes",
        "a text without two tokens is left out, not a vector of zeros",
        "reads as many tokens as the model can, not 512",
        NFC,
    ),
    model="gpt2",
    citation="arXiv 2306.13840",
    reference="Task2VecScorer: 0.061020 (last layer only) for 40 public samples, by the golden causal_gpt2",
    cost_us=5.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:  # noqa: ARG001 - stands in the rows
    """In one pass over the vectors."""
    import numpy as np  # late, like every library of a scorer

    total: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None
    n = undirected = 0
    for part in collection.signals.stream(FISHER, "fisher"):
        vectors = part.flatten().to_numpy(zero_copy_only=False).astype(np.float64).reshape(len(part), -1)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        kept = lengths > 0
        units = (vectors[kept] / lengths[kept, None]).sum(0)
        total = units if total is None else total + units
        n, undirected = n + int(kept.sum()), undirected + int((~kept).sum())
    if total is None or n < 2:
        return {"task2vec": DatasetScore.absent("fewer than two samples have a Fisher vector", n)}
    alike = (float(total @ total) - n) / (n * (n - 1))
    return {"task2vec": DatasetScore.of(1 - alike, n, without_direction=undirected)}
