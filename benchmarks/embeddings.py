"""Embedding texts on the CPU and, where there is one, on the GPU: the same vectors, and texts per second.

    python -m benchmarks.embeddings [--texts 20000] [--on-cpu 1000] [--model NAME]

Texts are of made-up words and of very different lengths. The CPU embeds an even part of them; its vectors must agree
with those of the GPU. Needs nothing of the lake, so that it runs on a machine that has only PyTorch.
"""

from __future__ import annotations

import argparse
import random
import time

import numpy as np
import torch

from benchmarks.measure import cores
from pipelines.embedding.model import PACKAGED, Embedder

STEP = 256
AGREEMENT = 1e-5


def texts(count: int) -> list[str]:
    """Texts of 3 to 400 words, half of them under 35, the longest first as `oda embed` sorts them."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 8))) for _ in range(5000)]
    found = [" ".join(chance.choices(words, k=int(3 * 133 ** chance.random()))) for _ in range(count)]
    return sorted(found, key=len, reverse=True)


def embedded(embedder: Embedder, wanted: list[str]) -> tuple[np.ndarray, float]:
    """The vectors of texts, and seconds by the clock; the model is loaded before."""
    embedder.encode(wanted[:2])
    began = time.monotonic()
    parts = [embedder.encode(wanted[start : start + STEP]) for start in range(0, len(wanted), STEP)]
    return np.concatenate(parts), time.monotonic() - began


def main() -> None:
    """Run the benchmark and print its table; ends with status 1 when the vectors differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--on-cpu", type=int, default=1_000)
    parser.add_argument("--model", default=next(iter(PACKAGED)))
    chosen = parser.parse_args()
    threads, every = cores(), texts(chosen.texts)
    step = max(1, len(every) // chosen.on_cpu)
    part = every[::step]
    on_cpu, took = embedded(Embedder.find(chosen.model, threads=threads, device="cpu"), part)
    slow = len(part) / took
    print(f"{sum(map(len, every)) / len(every):.0f} characters on average\nCPU, {threads} cores: {slow:,.0f} texts/s")
    if not torch.cuda.is_available():
        return
    on_gpu, took = embedded(Embedder.find(chosen.model, threads=threads, device="cuda"), every)
    worst = float(np.abs(on_gpu[::step] - on_cpu).max())
    if worst > AGREEMENT:
        raise SystemExit(f"wrong answer: vectors of the GPU and of the CPU differ by {worst:.1e}")
    fast = len(every) / took
    print(
        f"{torch.cuda.get_device_name()}: {fast:,.0f} texts/s, {fast / slow:.1f} times the CPU; vectors differ by {worst:.0e} at most"
    )


if __name__ == "__main__":
    main()
