"""The kernels of near-duplicates: tokens, shingles, signatures, exact Jaccard, against plain Python and datasketch."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from pipelines.deduping.explain import tokens
from pipelines.deduping.parameters import Signing, permutations
from pipelines.deduping.texts import sign, write_hashes
from scorers.kernels.shingles import agreement, jaccard


def token_texts(text: str, *, characters: bool = False) -> list[str]:
    return [token for token, _, _ in tokens(unicodedata.normalize("NFKC", text), characters=characters)]


def shingles(text: str, signing: Signing) -> set[tuple[str, ...]]:
    found = token_texts(text, characters=signing.characters)
    return {tuple(found[i : i + signing.ngram]) for i in range(len(found) - signing.ngram + 1)}


def exact(left: str, right: str, signing: Signing) -> float:
    a, b = shingles(left, signing), shingles(right, signing)
    return len(a & b) / len(a | b) if a | b else 0.0


def measured(texts: list[str], signing: Signing, pairs: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """Exact Jaccard and estimate of pairs, by the kernels."""
    array = pa.array(texts, pa.large_string())
    counts, _, lanes = sign(array, signing)
    edges = np.concatenate([[0], np.cumsum(counts)])
    hashes = np.empty(edges[-1], np.uint32)
    write_hashes(array, signing, edges[:-1], hashes)
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    equal, _ = agreement(lanes, left, right, 8, signing.permutations // 8)
    estimates = (equal / signing.permutations - 1 / 256) / (1 - 1 / 256)
    return jaccard(hashes, edges, left, right).tolist(), estimates.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("Hello, World!", ["hello", "world"]),
        ("don't stop", ["don", "t", "stop"]),
        ("x = 3.14", ["x", "3", "14"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", ["full", "width"]),
        ("ΣΊΣΥΦΟΣ", ["σίσυφοσ"]),
        ("数据 model模型", ["数", "据", "model", "模", "型"]),
        ("ข้าว", ["ข้", "า", "ว"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("हिन्दी", ["हिन्दी"]),
        ("a😀b 𠀀𠀁", ["a😀b", "𠀀", "𠀁"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert token_texts(text) == expected


def test_tokens_of_characters_keep_one_gap_between_words() -> None:
    assert token_texts("Ab,  c!", characters=True) == ["a", "b", " ", "c"]


TEXTS = st.text(st.sampled_from("aB1 \n,.'éÉİß数据あ한ขा\u0301😀𠀀Ａﬁ"), max_size=60)


@examples(150)
@given(left=TEXTS, right=TEXTS, unit=st.sampled_from(["word", "character"]), ngram=st.integers(1, 4))
def test_kernels_agree_with_plain_python(left: str, right: str, unit: str, ngram: int) -> None:
    signing = Signing(unit=unit, ngram=ngram, permutations=8)
    counts, wholes, _ = sign(pa.array([left, right]), signing)
    lengths = [max(0, len(token_texts(text, characters=signing.characters)) - ngram + 1) for text in (left, right)]
    assert counts.tolist() == lengths
    assert measured([left, right], signing, [(0, 1)])[0][0] == pytest.approx(exact(left, right, signing))
    assert [whole == 0 for whole in wholes] == [not text.split() for text in (left, right)]


PIECES = st.sampled_from(["a", "Zebra9", " ", "\n\n", "\t ", ".", "x" * 17, "word", "  " * 40, "Q" * 63, "- - "])


@examples(150)
@given(pieces=st.lists(PIECES, max_size=60), other=st.sampled_from(["", "é", "数"]))
def test_white_space_and_words_across_blocks_of_64_bytes(pieces: list[str], other: str) -> None:
    text = "".join(pieces) + other  # one other character takes the way of texts that are not ASCII
    signing = Signing(ngram=1)
    counts, wholes, _ = sign(pa.array([text, " ".join(text.split()).lower(), text + "b"]), signing)
    assert counts.tolist()[:2] == [len(token_texts(text))] * 2
    assert wholes[0] == wholes[1] != wholes[2]
    spaced = " ".join(token_texts(text))
    assert measured([text, spaced], signing, [(0, 1)])[0][0] == (1.0 if spaced else 0.0)


@pytest.mark.parametrize("count", [8, 16, 24, 112, 128])
def test_a_signature_holds_a_byte_of_the_minimum_of_every_permutation(count: int) -> None:
    signing = Signing(permutations=count)
    array = pa.array([" ".join(f"w{number}" for number in range(length)) for length in (4, 5, 6, 40, 1000)])
    counts, _, lanes = sign(array, signing)
    edges = np.concatenate([[0], np.cumsum(counts)])
    hashes = np.empty(edges[-1], np.uint32)
    write_hashes(array, signing, edges[:-1], hashes)
    factors, shifts = permutations(count, signing.seed)
    assert lanes[:, 0].tolist() == [0] * (count // 8)
    for row in range(1, len(array)):
        least = (hashes[edges[row] : edges[row + 1], None] * factors + shifts).min(axis=0)
        expected = (least * np.uint32(0x9E3779B1)) >> np.uint32(24)
        assert np.ascontiguousarray(lanes[:, row]).view(np.uint8).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("The  cat\nsat", "the cat sat ", True),
        ("a + b", "a - b", False),
        ("Ａ b", "a B", True),
        ("the cat sat", "the cats at", False),
        ("数据", "数 据", False),
        ("é the  cat\n", "É THE cat", True),
        (" a" * 40, "a  " * 40, True),
        ("a" * 64, "a" * 65, False),
    ],
)
def test_whole_texts_are_equal_up_to_case_and_white_space(left: str, right: str, same: bool) -> None:
    _, wholes, _ = sign(pa.array([left, right]), Signing())
    assert (wholes[0] == wholes[1]) == same


def test_a_signature_does_not_depend_on_the_batch_it_was_made_in() -> None:
    texts = ["one two three four five six", "é" * 50, "", "seven eight nine ten eleven twelve"]
    together = sign(pa.array(texts), Signing())
    sliced = sign(pa.array(["zero", *texts]).slice(1), Signing())
    for whole, part in zip(together, sliced, strict=True):
        assert np.array_equal(whole, part)
    for row, text in enumerate(texts):
        assert np.array_equal(together[2][:, row], sign(pa.array([text]), Signing())[2][:, 0])


def edited_pairs(n: int, seed: int) -> tuple[list[str], list[tuple[int, int]]]:
    draw = random.Random(seed)
    words = [f"w{number}" for number in range(3000)]
    texts, pairs = [], []
    for _ in range(n):
        first = [draw.choice(words) for _ in range(120)]
        second = [draw.choice(words) if draw.random() < 0.03 * (len(texts) % 5) else word for word in first]
        pairs.append((len(texts), len(texts) + 1))
        texts += [" ".join(first), " ".join(second)]
    return texts, pairs


def test_estimates_are_unbiased_and_as_narrow_as_theory_says() -> None:
    texts, pairs = edited_pairs(3000, seed=5)
    signing = Signing()
    found, estimates = (np.array(values) for values in measured(texts, signing, pairs))
    error = estimates - found
    assert abs(error.mean()) < 0.005
    theory = np.sqrt((found * (1 - found)).mean() / signing.permutations)
    assert np.sqrt((error**2).mean()) == pytest.approx(theory, rel=0.1)


def test_estimates_agree_with_datasketch_on_the_same_shingles() -> None:
    texts, pairs = edited_pairs(300, seed=6)
    signing = Signing(permutations=128)
    found, estimates = measured(texts, signing, pairs)
    sketches = []
    for text in texts:
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(shingle).encode() for shingle in shingles(text, signing)])
        sketches.append(sketch)
    theirs = np.array([sketches[a].jaccard(sketches[b]) for a, b in pairs])
    difference = np.array(estimates) - theirs
    values = np.array(found)
    theory = np.sqrt(2 * (values * (1 - values)).mean() / 128)
    assert abs(difference.mean()) < 4 * theory / np.sqrt(len(pairs))
    assert np.sqrt((difference**2).mean()) == pytest.approx(theory, rel=0.25)


def test_another_seed_gives_other_signatures_and_the_same_shingles() -> None:
    text = pa.array(["one two three four five six seven"])
    first, second = sign(text, Signing(seed=1)), sign(text, Signing(seed=2))
    assert first[0] == second[0] == [3]
    assert first[1] == second[1]
    assert not np.array_equal(first[2], second[2])
