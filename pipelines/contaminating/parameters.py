"""What decides whether a sample holds a benchmark item; a hash of it is stored with the result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Annotated

from lake.values import FRACTION, MODEL, NGRAM, RUN_WORDS, SIMILARITY, check

RULES = 2
"""Raised when the same texts would give another result; what was scanned by other rules is scanned again."""

MEANING_RULES = 1
"""The same for embeddings."""

TEXT, EMBEDDING, JUDGE = "text", "embedding", "judge"
"""Methods as they are scanned: all of texts in one pass, embeddings, and pairs that a judge is asked about."""


@dataclass(frozen=True)
class Scanning:
    """What a finding in texts depends on.

    - ngram: words of a run.
    - least: weight of an item's runs that a sample needs to be contaminated.
    - edited: the same of runs of `edited_ngram` words where numbers do not matter.
    - near: Jaccard index of the shingles of `near_ngram` characters of two prompts that are nearly the same; from
      `alike` on there is a trace.
    - short: words under which an item needs `whole` of them covered, and under `ngram` words an equal prompt.
    - common, common_rows: a run in more of a benchmark's items, or of the first samples of a dataset, says nothing.
    """

    ngram: Annotated[int, RUN_WORDS] = 8
    least: Annotated[float, FRACTION] = 0.5
    edited_ngram: Annotated[int, RUN_WORDS] = 5
    edited: Annotated[float, FRACTION] = 0.75
    near: Annotated[float, SIMILARITY] = 0.75
    alike: Annotated[float, SIMILARITY] = 0.5
    near_ngram: Annotated[int, NGRAM] = 5
    short: int = 13
    whole: float = 0.9
    common: float = 0.02
    common_items: int = 10
    common_samples: float = 0.01
    common_rows: int = 20

    def __post_init__(self) -> None:
        check(self)

    @property
    def key(self) -> str:
        """Short hash of everything: what is stored as `parameters` of a scan."""
        text = json.dumps({"rules": RULES, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Meaning:
    """What a finding by embeddings depends on.

    - model: embedding model; empty for that of the settings.
    - similar: cosine from which on a sample is contaminated; doubtful: from which on a trace is kept.
    """

    model: Annotated[str, MODEL] = ""
    similar: Annotated[float, SIMILARITY] = 0.85
    doubtful: Annotated[float, SIMILARITY] = 0.75

    def __post_init__(self) -> None:
        check(self)

    def key(self, model: str, revision: str) -> str:
        """Short hash of everything: what is stored as `parameters` of a scan with these weights."""
        text = json.dumps(
            {"rules": MEANING_RULES, **asdict(self), "model": model, "revision": revision}, sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]
