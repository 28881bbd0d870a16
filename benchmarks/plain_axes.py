"""The per-sample axes in plain Python, one sample at a time, as one would write them from their definitions.

Only for comparison: `benchmarks.scorers` checks that the scorers give the same answers, then measures both.
"""

from __future__ import annotations

import ast
import math
import re
import string
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

from scorers.derived.fences import blocks

Value = float | None
Plain = Callable[[str, str], Value]

NO_MARKS = str.maketrans("", "", string.punctuation)
SPOKEN = str.maketrans({**dict.fromkeys(string.punctuation, " "), **dict.fromkeys(string.digits + "-–—")})
LISTED = str.maketrans(dict.fromkeys(string.punctuation + "，。、；：？！“”‘’（）【】《》…—·", " "))
TAG = re.compile(r"<(/?)(?:think|redacted_reasoning)\s*>", re.IGNORECASE)
FENCE = re.compile(r"```[A-Za-z0-9+\-#.]*\s*.*?```", re.DOTALL)


def text_of(instruction: str, response: str) -> str:
    parts = (unicodedata.normalize("NFC", part) for part in (instruction, response))
    return "\n".join(part for part in parts if part)


def str_length(i: str, r: str) -> Value:
    return len(text_of(i, r))


def compress_ratio(i: str, r: str) -> Value:
    data = text_of(i, r).encode()
    return len(zlib.compress(data, 9)) / len(data) if data else None


def logical_word_count(i: str, r: str) -> Value:
    from scorers.heuristic.logical_word_count import WORDS

    listed = set(WORDS.split())
    return sum(word in listed for word in text_of(i, r).lower().translate(LISTED).split())


def bare_words(i: str, r: str) -> list[str]:
    return [word.translate(NO_MARKS) for word in text_of(i, r).lower().split()]


def mtld(i: str, r: str) -> Value:
    words = bare_words(i, r)
    found = []
    for order in (words, words[::-1]):
        factors, types, count = 0.0, set(), 0
        for word in order:
            types.add(word)
            count += 1
            if len(types) / count <= 0.72:
                factors, types, count = factors + 1, set(), 0
        if count:
            factors += (1 - len(types) / count) / (1 - 0.72)
        found.append(len(words) / factors if factors else None)
    return None if None in found else sum(found) / 2  # type: ignore[arg-type]


def hdd(i: str, r: str) -> Value:
    words = [word for word in bare_words(i, r) if word]
    n, s = len(words), min(42, len(words))
    if not n:
        return None
    every = math.comb(n, s)
    return sum(1 - math.comb(n - k, s) / every for k in Counter(words).values()) / s


def vocd_d(i: str, r: str) -> Value:
    from scipy.optimize import minimize_scalar

    words = text_of(i, r).lower().translate(SPOKEN).split()
    n, counts = len(words), Counter(words)
    if n <= 50 or len(counts) == n:
        return None
    sizes = range(35, 51)
    repeats = Counter(counts.values())
    ratios = [sum(m * (1 - math.comb(n - k, s) / math.comb(n, s)) for k, m in repeats.items()) / s for s in sizes]

    def error(log_d: float) -> float:
        d = math.exp(log_d)
        return sum(
            (d / s * (math.sqrt(1 + 2 * s / d) - 1) - ratio) ** 2 for s, ratio in zip(sizes, ratios, strict=True)
        )

    return math.exp(minimize_scalar(error, bounds=(-8, 16), method="bounded", options={"xatol": 1e-9}).x)


def think_or_not(_i: str, r: str) -> Value:
    return float(TAG.search(r) is not None)


def pure_think(_i: str, r: str) -> Value:
    tags = list(TAG.finditer(r))
    if not tags:
        return -2.0
    sides: tuple[list[str], list[str]] = ([], [])
    place, inside = 0, tags[0][1] == "/"
    for tag in tags:
        sides[inside].append(r[place : tag.start()])
        place, inside = tag.end(), tag[1] != "/"
    sides[inside].append(r[place:])
    answer, reasoning = ("\n".join(side) for side in sides)
    if not FENCE.search(answer):
        return -1.0
    return 0.0 if FENCE.search(reasoning) else 1.0


def token_length(i: str, r: str) -> Value:
    return len(encoding().encode_ordinary(text_of(i, r)))


def response_token_length(_i: str, r: str) -> Value:
    return len(encoding().encode_ordinary(unicodedata.normalize("NFC", r)))


def entropy(items: list[Any]) -> Value:
    n = len(items)
    return -sum(k / n * math.log2(k / n) for k in Counter(items).values()) if n else None


def distinct(items: list[Any]) -> Value:
    pairs = list(pairwise(items))
    return len(set(pairs)) / len(pairs) if pairs else None


def token_entropy(i: str, r: str) -> Value:
    return entropy(encoding().encode_ordinary(text_of(i, r)))


def unique_ntoken(i: str, r: str) -> Value:
    return distinct(encoding().encode_ordinary(text_of(i, r)))


def gram_entropy(i: str, r: str) -> Value:
    return entropy(nltk_words(text_of(i, r).lower()))


def unique_ngram(i: str, r: str) -> Value:
    return distinct(nltk_words(text_of(i, r).lower()))


def ts_python(_i: str, r: str) -> Value:
    sources = [s for language, s in blocks(r) if s and language in ("", "py", "python", "py3", "python3")]
    return float(all(map(_is_python, sources))) if sources else None


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


AXES: dict[str, Plain] = {
    function.__name__: function
    for function in (
        str_length, compress_ratio, logical_word_count, mtld, hdd, vocd_d, think_or_not, pure_think, token_length,
        response_token_length, token_entropy, unique_ntoken, gram_entropy, unique_ngram, ts_python,
    )
}  # fmt: skip


@cache
def encoding() -> Any:
    from scorers.encoders import o200k_encoding

    return o200k_encoding()


def nltk_words(text: str) -> list[str]:
    splitter, tokenizer = nltk_tokenizers()
    return [word for sentence in splitter.tokenize(text) for word in tokenizer.tokenize(sentence)]


@cache
def nltk_tokenizers() -> tuple[Any, Any]:
    from nltk.tokenize import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    from scorers.resources.punkt_model import punkt_model

    model = punkt_model()
    assert model is not None
    parameters = PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = set(model.abbrev_types), set(model.sent_starters)
    parameters.collocations = set(model.collocations)
    parameters.ortho_context.update(model.ortho_context)
    splitter = PunktSentenceTokenizer()
    splitter._params = parameters
    return splitter, NLTKWordTokenizer()
