"""What holds for every axis and any text, and how known changes of a text move an axis."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sampling import examples

from lake.tables import STATUSES
from scorers.batch import Batch, Column
from scorers.catalogue import catalogue
from scorers.derived.lowered import lowered
from scorers.derived.words import words

AXES = sorted(
    axis
    for axis, (_, entry) in catalogue().axes().items()
    if not (entry.scorer.on_request or entry.scorer.of_sets or entry.scorer.stored)
)

# Lone surrogates cannot be stored: DuckDB and Arrow hold valid UTF-8.
TEXTS = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.lists(st.sampled_from(["the", "cat", "The", "so,", "--", "<think>", "</think>", "```", "\n"]), max_size=120).map(
        " ".join
    ),
    st.text(alphabet="e\u0301\u00e9\u4e2d\u3000\u200d\U0001f600 .\x85", max_size=60),
)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=12)

MEGABYTE = "some words that repeat and words that do not, " * 22_000
EDGES = [
    "",
    " ",
    "\n\t\u3000",
    "one",
    "富士山の高さを教えてください。",
    "🎉🎉 👩‍👩‍👧 ⚽️",
    "\x00\x01",
    "ﬁ ﬀ ß İ Σ",
    "x" * 1_000_000,
    MEGABYTE,
    "a " * 500_000,
    "".join(f"w{i} " for i in range(150_000)),
]


def batch_of(pairs: list[tuple[str | None, str | None]]) -> Batch:
    return Batch(
        pa.table(
            {
                "instruction": pa.array([pair[0] for pair in pairs], pa.string()),
                "response": pa.array([pair[1] for pair in pairs], pa.string()),
            }
        )
    )


def measured(name: str, batch: Batch, *, parity: bool = False) -> Column:
    entry = catalogue().axis(name)[1]
    return entry.score(batch, entry.scorer.settings(parity=parity))[name]


def outcomes(column: Column) -> list[tuple[float | None, str, str | None]]:
    return [column.outcome(row) for row in range(len(column))]


@pytest.mark.parametrize("name", AXES)
def test_every_odd_text_gives_a_value_in_range_or_a_reason(name: str) -> None:
    batch = batch_of([("Say:", text) for text in EDGES] + [(None, None), (None, "x"), ("x", None)])
    low, high = catalogue().axis(name)[0].range
    for value, status, reason in outcomes(measured(name, batch)):
        assert status in STATUSES
        assert (value is None) == (status != "ok") == (reason is not None)
        assert value is None or (
            math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
        )


@pytest.mark.parametrize("name", AXES)
@given(pairs=PAIRS, cut=st.integers(0, 12))
@example(pairs=[("İ", "Σ"), ("", "")], cut=1)
@examples(40)
def test_a_row_scores_the_same_in_any_batch(name: str, pairs: list[tuple[str | None, str | None]], cut: int) -> None:
    whole = outcomes(measured(name, batch_of(pairs)))
    assert outcomes(measured(name, batch_of(pairs))) == whole
    assert outcomes(measured(name, batch_of(pairs[::-1])))[::-1] == whole
    parts = [part for part in (pairs[:cut], pairs[cut:]) if part]
    assert [row for part in parts for row in outcomes(measured(name, batch_of(part)))] == whole


@pytest.mark.parametrize("name", AXES)
@given(pairs=PAIRS)
@examples(25)
def test_composed_and_decomposed_texts_score_the_same(name: str, pairs: list[tuple[str | None, str | None]]) -> None:
    forms = [
        [tuple(text and unicodedata.normalize(form, text) for text in pair) for pair in pairs]
        for form in ("NFC", "NFD")
    ]
    composed, decomposed = (outcomes(measured(name, batch_of(form))) for form in forms)  # type: ignore[arg-type]
    assert composed == decomposed


@given(texts=st.lists(TEXTS, min_size=1, max_size=12))
@examples(100)
def test_lower_case_is_that_of_python(texts: list[str | None]) -> None:
    batch = batch_of([(text, None) for text in texts])
    composed = [None if text is None else batch.text("instruction")[row].as_py() for row, text in enumerate(texts)]
    expected = [None if text is None else text.lower() for text in composed]
    assert batch.derive(lowered, "instruction").to_pylist() == expected


@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=8))
@examples(200)
@example(texts=["\x1c\x85\xa0\u1680\u2028\u3000a", "a.b a'b AB \u2000ab", "--"])
def test_words_are_those_of_a_plain_python_split(texts: list[str]) -> None:
    import string

    batch = batch_of([(text, None) for text in texts])
    found = batch.derive(words, "bare", "sample", True)
    remove = str.maketrans("", "", string.punctuation)
    for row, text in enumerate(texts):
        plain = [token.translate(remove) for token in text.lower().split()]
        numbers: dict[str, int] = {"": -1}
        wanted = [numbers.setdefault(word, len(numbers) - 1) for word in plain]
        assert found.ids[found.offsets[row] : found.offsets[row + 1]].tolist() == wanted
        assert found.types[row] == len(numbers) - 1


@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60))
@examples(60)
def test_hdd_is_the_plain_sum_of_binomials(tokens: list[str]) -> None:
    n, s = len(tokens), min(42, len(tokens))
    plain = sum(1 - math.comb(n - tokens.count(t), s) / math.comb(n, s) for t in set(tokens)) / s
    value = measured("hdd", batch_of([(" ".join(tokens), None)])).outcome(0)[0]
    assert value == pytest.approx(plain, rel=1e-12)


@given(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=60, max_size=120))
@examples(40)
def test_vocd_d_is_the_least_squares_fit(tokens: list[str]) -> None:
    from scipy.optimize import minimize_scalar

    n = len(tokens)
    sizes = np.arange(35, 51)
    counts = [tokens.count(t) for t in set(tokens)]
    ratios = np.array([sum(1 - math.comb(n - k, s) / math.comb(n, s) for k in counts) / s for s in sizes.tolist()])

    def error(log_d: float) -> float:
        d = math.exp(log_d)
        return float(np.sum((d / sizes * (np.sqrt(1 + 2 * sizes / d) - 1) - ratios) ** 2))

    value = measured("vocd_d", batch_of([(" ".join(tokens), None)])).outcome(0)[0]
    assert value is not None
    best = minimize_scalar(error, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10})
    assert error(math.log(value)) <= best.fun * (1 + 1e-9) + 1e-18
    assert math.log(value) == pytest.approx(best.x, abs=1e-4)


REPEATING = "a quick fox and a slow dog met in the old town and talked about the weather of the town "


@pytest.mark.parametrize("name", ["mtld", "hdd", "vocd_d", "compress_ratio", "unique_ntoken", "unique_ngram"])
def test_saying_it_again_lowers_diversity(name: str) -> None:
    sentence = REPEATING * 4
    once, often = outcomes(measured(name, batch_of([(sentence, None), (sentence * 5, None)])))
    assert once[0] is not None
    assert often[0] is not None
    assert often[0] < once[0]


@pytest.mark.parametrize("name", ["token_entropy", "gram_entropy"])
def test_an_even_mix_of_more_words_raises_entropy(name: str) -> None:
    few, many, uneven = "a b " * 8, "a b c d " * 4, "a a a b " * 4
    first, second, third = (
        row[0] for row in outcomes(measured(name, batch_of([(few, None), (many, None), (uneven, None)])))
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert third < first < second


def test_length_and_connectives_add_up() -> None:
    one, two = "So we verify.", "However, think again."
    for name in ("str_length", "logical_word_count"):
        first, second, both = (
            row[0] for row in outcomes(measured(name, batch_of([(one, None), (two, None), (one, two)])))
        )
        assert both == first + second + (1 if name == "str_length" else 0)  # type: ignore[operator]


def test_word_order_matters_to_mtld_alone() -> None:
    tokens = (REPEATING * 3).split()
    plain, sorted_tokens = " ".join(tokens), " ".join(sorted(tokens))
    for name, equal in (("hdd", True), ("vocd_d", True), ("str_length", True), ("mtld", False)):
        first, second = outcomes(measured(name, batch_of([(plain, None), (sorted_tokens, None)])))
        assert (first == second) == equal, name


def test_derived_columns_are_computed_once_and_shared() -> None:
    calls = []

    def counted(batch: Batch, step: int) -> int:
        calls.append(step)
        return len(batch) + step

    batch = batch_of([("a", "b")])
    assert [batch.derive(counted, 1), batch.derive(counted, 1), batch.derive(counted, 2)] == [2, 2, 3]
    assert calls == [1, 2]
    assert batch.text() is batch.text()


def test_a_value_that_is_not_finite_is_failed_never_stored() -> None:
    column = Column.of([1.0, math.nan, math.inf])
    assert [row[1] for row in outcomes(column)] == ["ok", "failed", "failed"]


def test_columns_of_batches_join_with_their_reasons() -> None:
    from scorers.batch import Absence

    first = Column.of([1.0, 2.0], [Absence(np.array([False, True]), "too_long", "b")])
    second = Column.of([3.0, 4.0], [Absence(np.array([True, False]), "failed", "a")])
    joined = Column.concat([first, second, first])
    assert outcomes(joined) == [*outcomes(first), *outcomes(second), *outcomes(first)]
    assert outcomes(joined.take(np.array([2, 0]))) == [(None, "failed", "a"), (1.0, "ok", None)]
