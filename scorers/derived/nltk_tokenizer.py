"""NLTK's own `word_tokenize` with the Punkt model that is here, wherever it comes from."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from scorers.resources.punkt_model import punkt_model


def word_tokenize(text: str) -> list[str]:
    """The words of a text; the split of whole batches by `nltk_words` gives the same, as numbers."""
    sentences, words = tokenizers()
    return [word for sentence in sentences.tokenize(text) for word in words.tokenize(sentence)]


@cache
def tokenizers() -> tuple[Any, Any]:
    """NLTK's splitter of sentences and its splitter of words."""
    from nltk.tokenize.destructive import NLTKWordTokenizer  # late, like every library of a scorer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    model = punkt_model()
    assert model is not None
    parameters = PunktParameters()
    parameters.abbrev_types = set(model.abbrev_types)
    parameters.collocations = set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context = _Counts(model.ortho_context)
    splitter = PunktSentenceTokenizer()
    splitter._params = parameters
    language = splitter._lang_vars
    language._re_word_tokenizer = patient(language._word_tokenizer_re())
    language._re_period_context = patient(language.period_context_re())
    return splitter, NLTKWordTokenizer()


class _Counts(dict[str, int]):
    """What is known of types; unlike NLTK's it does not grow with the types that are asked for."""

    def __missing__(self, _key: str) -> int:
        return 0


def patient(expression: Any, source: str = "") -> Any:
    """An expression of NLTK, or another source with its engine and flags, without NLTK's limit on time."""
    engine: Any = re
    limit: dict[str, None] = {}
    if not isinstance(expression, re.Pattern):  # NLTK 3.9 has none but those of the standard library
        from nltk import redos

        engine, limit = redos, {"timeout": None}
    return engine.compile(source or expression.pattern, expression.flags, **limit)
