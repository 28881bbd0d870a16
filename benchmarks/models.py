"""Signals of a causal model: through our engine, through Transformers alone, and a pass for each axis.

    python -m benchmarks.models [--texts 60] [--threads N]

A model of random weights (8 layers of 512, 32,000 words) reads texts of very different lengths. Three sides, each after
a warm-up, give the same ppl, norm_loss, upd and hes: our engine in a process of its own, from one forward a text; a loop
over Transformers in the same batches, which makes all logits of a batch and takes the log-probabilities of the tokens
alone; and four passes in the order of the file, eight texts a batch, as the reference makes them. The answers are
compared before times are told.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measure import cores
from scorers.engines.interface import Scored, TokenSignals
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.engines.transformers.batching import batches
from scorers.engines.transformers.causal import padded
from scorers.models.known import of_folder

VOCABULARY, BUDGET, AT_ONCE = 32_000, 8192, 8
AGREEMENT = 1e-3


def model(folder: Path) -> Any:
    """A causal model of random weights, stored in the folder with a tokenizer of single letters."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=512,
        intermediate_size=1536,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=64,
        max_position_embeddings=4096,
        initializer_range=0.05,
    )
    made = Qwen3ForCausalLM(config).eval()
    made.save_pretrained(str(folder))
    letters = {chr(97 + number): number for number in range(26)}
    inner = Tokenizer(models.WordLevel(letters, unk_token="a"))
    PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="a", pad_token="b").save_pretrained(str(folder))
    return made


def texts(count: int) -> list[Scored]:
    """Texts of 16 to 1,024 tokens, half of them under 128, whose second half is the answer."""
    chance = random.Random(1)
    lengths = [int(16 * 64 ** chance.random()) for _ in range(count)]
    every = [tuple(chance.randrange(VOCABULARY) for _ in range(length)) for length in lengths]
    return [Scored(ids, ((1, len(ids)), (len(ids) // 2, len(ids)))) for ids in every]


def of_engine(found: list[Any]) -> np.ndarray:
    """ppl, norm_loss, upd and hes of each text from its signals."""
    rows = []
    for each in found:
        if not isinstance(each, TokenSignals):
            raise SystemExit(f"wrong answer: {each}")
        whole, answer = each.spans
        loss = -whole.log_probability / whole.tokens
        upd, hes = answer.uncertainty / answer.tokens, answer.top_entropy / math.log(2)
        rows.append((math.exp(loss), loss / math.log(2), upd, hes))
    return np.array(rows)


def bare(plain: Any, asked: list[Scored]) -> np.ndarray:
    """The mean loss of each text by a loop over Transformers: all logits of a batch, nothing but log-probabilities."""
    losses = np.zeros(len(asked))
    with torch.inference_mode():
        for rows in batches([len(each.ids) for each in asked], BUDGET):
            tokens, mask = padded([asked[row].ids for row in rows], "cpu")
            logs = plain(input_ids=tokens, attention_mask=mask, use_cache=False).logits[:, :-1].log_softmax(-1)
            values = logs.gather(2, tokens[:, 1:, None])[..., 0] * mask[:, 1:]
            losses[rows] = (-values.sum(1) / mask[:, 1:].sum(1)).numpy()
    return losses


def a_pass_an_axis(plain: Any, asked: list[Scored]) -> np.ndarray:
    """ppl, norm_loss, upd and hes by a pass each, in the order of the file, eight texts a batch."""
    columns = []
    for axis in (_ppl, _norm_loss, _upd, _hes):
        found: list[float] = []
        with torch.inference_mode():
            for start in range(0, len(asked), AT_ONCE):
                part = asked[start : start + AT_ONCE]
                tokens, mask = padded([each.ids for each in part], "cpu")
                logits = plain(input_ids=tokens, attention_mask=mask, use_cache=False).logits.float()
                found += [axis(logits[row, : len(each.ids)], tokens[row], each) for row, each in enumerate(part)]
        columns.append(found)
    return np.array(columns).T


def _losses(logits: torch.Tensor, tokens: torch.Tensor, start: int) -> torch.Tensor:
    end = len(logits)
    return torch.nn.functional.cross_entropy(logits[start - 1 : end - 1], tokens[start:end], reduction="none")


def _ppl(logits: torch.Tensor, tokens: torch.Tensor, _: Scored) -> float:
    return float(_losses(logits, tokens, 1).mean().exp())


def _norm_loss(logits: torch.Tensor, tokens: torch.Tensor, _: Scored) -> float:
    return float(_losses(logits, tokens, 1).mean()) / math.log(2)


def _entropies(logits: torch.Tensor, start: int) -> torch.Tensor:
    chances = logits[start - 1 : -1].softmax(-1)
    return -(chances * (chances + 1e-9).log()).sum(-1)


def _upd(logits: torch.Tensor, tokens: torch.Tensor, of: Scored) -> float:
    start = of.spans[1][0]
    certain = (1 - _entropies(logits, start) / math.log(VOCABULARY)).clamp(min=0)
    return float((_losses(logits, tokens, start).sigmoid() * certain).mean())


def _hes(logits: torch.Tensor, _: torch.Tensor, of: Scored) -> float:
    spread = _entropies(logits, of.spans[1][0]).double().numpy() / math.log(2)
    return float(spread[spread >= np.percentile(spread, 99.5)].sum())


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result of the better of two turns, and its seconds."""
    best, found = math.inf, None
    for _ in range(2):
        began = time.monotonic()
        found = work()
        best = min(best, time.monotonic() - began)
    return found, best


def compare(name: str, found: np.ndarray, wanted: np.ndarray) -> None:
    """End with status 1 where answers differ."""
    worst = float(np.max(np.abs(found / wanted - 1)))
    if not worst < AGREEMENT:
        raise SystemExit(f"wrong answer: {name} differs by {worst:.1e}")


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--threads", type=int, default=cores())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    asked = texts(chosen.texts)
    total = sum(len(each.ids) for each in asked)
    with tempfile.TemporaryDirectory() as place:
        plain = model(Path(place))
        engine = Process(of_folder(Path(place)), Options(threads=chosen.threads, batch_tokens=BUDGET), "transformers")
        try:
            engine.token_signals(asked[:4])
            before = engine.calls.padding_tokens, engine.calls.prompt_tokens
            signals, ours = timed(lambda: engine.token_signals(asked))
            padding, read = engine.calls.padding_tokens - before[0], engine.calls.prompt_tokens - before[1]
        finally:
            engine.close()
        bare(plain, asked[:4])
        losses, alone = timed(lambda: bare(plain, asked))
        axes, passes = timed(lambda: a_pass_an_axis(plain, asked))
    values = of_engine(signals)
    compare("a pass an axis", values, axes)
    compare("Transformers alone", values[:, 1] * math.log(2), losses)
    wasted = sum(
        AT_ONCE * max(len(each.ids) for each in asked[start : start + AT_ONCE])
        - sum(len(each.ids) for each in asked[start : start + AT_ONCE])
        for start in range(0, len(asked) - AT_ONCE + 1, AT_ONCE)
    )
    print(f"{len(asked)} texts, {total:,} tokens, {chosen.threads} threads; tokens of text per second:")
    print(f"our engine, all four axes      {total / ours:10,.0f}   padding {padding / (read + padding):.1%}")
    print(f"Transformers, log p alone      {total / alone:10,.0f}   ours is {alone / ours:.2f} times as fast")
    print(f"a pass an axis, four passes    {total / passes:10,.0f}   ours is {passes / ours:.2f} times as fast")
    print(f"padding of a pass an axis      {wasted / (wasted + total):.1%}")


if __name__ == "__main__":
    main()
