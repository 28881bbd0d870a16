"""NLTK's own `word_tokenize` with the Punkt model that is here, wherever it comes from."""

from __future__ import annotations

from functools import cache
from typing import Any

from scorers.resources.punkt_model import punkt_model


def word_tokenize(text: str) -> list[str]:
    """The words of a text; the compiled split of `nltk_words` gives the same, as numbers."""
    sentences, words = _tokenizers()
    return [word for sentence in sentences.tokenize(text) for word in words.tokenize(sentence)]


@cache
def _tokenizers() -> tuple[Any, Any]:
    from nltk.tokenize.destructive import NLTKWordTokenizer  # late, like every library of a scorer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    model = punkt_model()
    assert model is not None
    parameters = PunktParameters()
    parameters.abbrev_types = set(model.abbrev_types)
    parameters.collocations = set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context.update(model.ortho_context)
    splitter = PunktSentenceTokenizer()
    splitter._params = parameters
    return splitter, NLTKWordTokenizer()
