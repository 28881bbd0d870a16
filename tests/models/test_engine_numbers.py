"""The same model through vLLM and through Transformers, each in its process: signals and heads within 1e-3, relative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from tiny_models import TEXTS, TinyModels

from scorers.engines.interface import Engine, NextToken, Pooled, Prompt, Scored, SpanSignals, TokenSignals
from scorers.engines.opening import start
from scorers.engines.options import Options
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.facts import EngineName
from scorers.models.known import of_folder

pytestmark = pytest.mark.slow

BOTH: tuple[EngineName, ...] = ("vllm", "transformers")
OPTIONS = Options(max_length=512, batch_tokens=256, batch_texts=8)


@pytest.fixture(scope="module")
def engines(tiny: TinyModels) -> Iterator[list[Engine]]:
    folder = tiny.of("llama", tie_word_embeddings=False)
    opened = [start(of_folder(folder), OPTIONS, name) for name in BOTH]
    yield opened
    for engine in opened:
        engine.close()


def requests(engine: Engine) -> list[Scored]:
    texts = engine.tokenizer.encode_all([*TEXTS, " ".join(TEXTS)])
    return [Scored(ids, ((1, len(ids)), (len(ids) // 3, len(ids))), arrays=True) for ids in texts]


def columns(spans: Sequence[SpanSignals]) -> np.ndarray:
    return np.array([(s.log_probability, s.entropy, s.threshold, s.top_entropy, s.uncertainty) for s in spans])


def test_signals_of_tokens_agree(engines: list[Engine]) -> None:
    ours, theirs = (engine.token_signals(requests(engine)) for engine in engines)
    assert len(ours) == len(TEXTS) + 1
    for first, second in zip(ours, theirs, strict=True):
        assert isinstance(first, TokenSignals)
        assert isinstance(second, TokenSignals)
        assert [s.tokens for s in first.spans] == [s.tokens for s in second.spans]
        np.testing.assert_allclose(columns(first.spans), columns(second.spans), rtol=1e-3)
        assert first.log_probabilities is not None
        assert second.log_probabilities is not None
        np.testing.assert_allclose(first.log_probabilities, second.log_probabilities, rtol=1e-3)


def test_distributions_after_a_prompt_agree(engines: list[Engine]) -> None:
    found = [
        engine.next_token([Prompt(each.ids) for each in requests(engine)], [17, 18, 19, 20, 21]) for engine in engines
    ]
    for first, second in zip(*found, strict=True):
        assert isinstance(first, NextToken)
        assert isinstance(second, NextToken)
        np.testing.assert_allclose(first.log_probabilities, second.log_probabilities, rtol=1e-3)


def test_both_count_one_forward_a_text(engines: list[Engine]) -> None:
    for engine in engines:
        before = engine.calls.forwards
        engine.token_signals(requests(engine))
        assert engine.calls.forwards - before == len(TEXTS) + 1


def test_a_text_has_the_same_signals_in_every_batch_or_the_version_says_that_it_may_not(engines: list[Engine]) -> None:
    for engine in engines:
        asked = requests(engine)
        forwards = engine.token_signals(asked)
        backwards = engine.token_signals(asked[::-1])[::-1]
        for first, second in zip(forwards, backwards, strict=True):
            assert isinstance(first, TokenSignals)
            assert isinstance(second, TokenSignals)
            if engine.stamp.endswith("+batch_dependent"):
                np.testing.assert_allclose(columns(first.spans), columns(second.spans), rtol=1e-4)
            else:
                assert first.spans == second.spans


def test_outputs_of_a_head_agree(tiny: TinyModels) -> None:
    folder = tiny.of("llama", labels=6)
    texts = HubTokenizer(folder).encode_all(TEXTS)
    found = []
    for name in BOTH:
        engine = start(of_folder(folder), OPTIONS, name)
        found.append(engine.pooled([Prompt(ids) for ids in texts]))
        engine.close()
    for first, second in zip(*found, strict=True):
        assert isinstance(first, Pooled)
        assert isinstance(second, Pooled)
        np.testing.assert_allclose(first.values, second.values, rtol=1e-3, atol=1e-6)
