"""A text of 32,768 tokens through the real vLLM: within a bound that all its logits would exceed ten times over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import TinyModels

from scorers.engines.interface import Scored, TokenSignals
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.models.known import of_folder

pytestmark = pytest.mark.slow

TOKENS, VOCABULARY = 32_768, 20_000
BOUND = 256 << 20
"""Bytes above those of the loaded model; logits of the text in float32 alone are 2.6 GB."""


def peak(pid: int) -> int:
    """The most memory a process has had, in bytes."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10


@pytest.mark.timeout(1500)
def test_a_long_text_stays_within_the_bound(tiny: TinyModels) -> None:
    folder = tiny.of("qwen3", vocabulary=VOCABULARY, max_position_embeddings=TOKENS)
    engine = Process(of_folder(folder), Options(batch_tokens=2048, batch_texts=4), "vllm")
    try:
        engine.token_signals([Scored((1, 2, 3), ((1, 3),))])
        assert engine.pid is not None
        before = peak(engine.pid)
        ids = tuple(np.random.default_rng(1).integers(0, VOCABULARY, TOKENS).tolist())
        (found,) = engine.token_signals([Scored(ids, ((1, TOKENS), (TOKENS // 2, TOKENS)))])
        grown = peak(engine.pid) - before
    finally:
        engine.close()
    assert isinstance(found, TokenSignals)
    assert [span.tokens for span in found.spans] == [TOKENS - 1, TOKENS // 2]
    assert found.spans[0].entropy / (TOKENS - 1) == pytest.approx(np.log(VOCABULARY), rel=0.2)
    assert grown < BOUND
