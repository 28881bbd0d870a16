"""How an engine may run on this machine; what changes no number, but for `dtype`."""

from __future__ import annotations

from dataclasses import dataclass

from lake.settings import Settings
from scorers.models.facts import Dtype

LONGEST = 32_768
"""Tokens a model is made ready for where neither it nor the user says less."""


@dataclass(frozen=True)
class Options:
    """How to run an engine.

    - threads: cores of a CPU.
    - device: `cpu`, `cuda`, or empty: a GPU where there is one.
    - gpus: numbers of the GPUs to use; empty: all that are visible.
    - tensor_parallel: GPUs that hold one model together; the others hold further copies, one engine each.
    - dtype: of the weights; `auto`: as the facts of the model say, float32 on a CPU.
    - max_length: tokens to be ready for; 0: what the model reads, at most `LONGEST`.
    - batch_tokens: tokens in one forward pass; batch_texts: texts in it.
    - memory_share: of a GPU, for weights and their working memory.
    - batch_invariant: the same numbers in whatever batch on a GPU too, at a price in speed (vLLM).
    - concurrency, timeout, attempts: of a server: open requests, seconds for an answer, tries of a request.
    - restarts: texts in a row that crashed the engine, each alone, after which it is given up.
    - silence: seconds without a sign of life after which an engine counts as hung.
    """

    threads: int = 1
    device: str = ""
    gpus: tuple[int, ...] = ()
    tensor_parallel: int = 1
    dtype: Dtype = "auto"
    max_length: int = 0
    batch_tokens: int = 8192
    batch_texts: int = 64
    memory_share: float = 0.9
    batch_invariant: bool = False
    concurrency: int = 32
    timeout: float = 120.0
    attempts: int = 6
    restarts: int = 8
    silence: float = 600.0

    @classmethod
    def of(cls, settings: Settings) -> Options:
        """The options that the settings say."""
        return cls(
            threads=settings.threads,
            gpus=settings.gpus,
            tensor_parallel=settings.tensor_parallel,
        )

    def length(self, longest: int) -> int:
        """Tokens to be ready for, of a model that reads `longest` (0: not known)."""
        return min(longest or LONGEST, self.max_length or LONGEST)
