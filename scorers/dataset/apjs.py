"""APJS: the mean Jaccard similarity of the word sets of all pairs of samples; lower means more diverse.

    J(i, j) = |S_i and S_j| / |S_i or S_j|,   S_i = the distinct word n-grams of text i

All pairs are compared exactly through an inverted index; of more than `rows` samples a random sample of that size is,
with a 95 % interval. Words are lower-cased, between white space, ASCII punctuation deleted.
Seed-Coder 2025, arXiv 2506.03524. Reference: ApjsScorer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lake.kinds import INT32, OneOf, Whole
from lake.values import NGRAM, RESOURCE
from scorers.collection import Collection, DatasetScore
from scorers.spec import Axis, Option, Scorer, Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from scorers.batch import Batch

SCORER = Scorer(
    name="apjs",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "apjs", "Mean Jaccard similarity of the word sets of all pairs of samples.", range=(0, 1), direction="lower"
        ),
    ),
    reads=("instruction", "response"),
    options=(
        Option("n", 1, "words or tokens of an n-gram", NGRAM),
        Option("unit", "words", "words, or tokens of the encoder", OneOf("unit of apjs", ("words", "tokens"))),
        Option("encoder", "o200k_base", "tiktoken encoding, or Hugging Face tokenizer by name or path", RESOURCE),
        Option("rows", 100_000, "most samples compared; of more, a random sample", Whole(2, INT32)),
    ),
    corrections=(
        "words between white space without punctuation, not NLTK tokens with it: commas made texts alike",
        "one sample is not_applicable: it makes no pair",
        "every pair is compared; where samples are drawn, the draw is seeded, to be repeatable, and has an interval",
    ),
    citation="Seed-Coder 2025, arXiv 2506.03524",
    reference="ApjsScorer",
    cost_us=500.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """Make the sets, compare them all."""
    from scorers.sets.intervals import of_pairs
    from scorers.sets.jaccard import mean_similarities, sets_of

    n = collection.samples
    if n < 2:
        return {"apjs": DatasetScore.absent("one sample makes no pair", n)}
    if reason := _absence(settings):
        return {"apjs": DatasetScore.absent(reason)}
    split = partial(_tokens, settings) if settings["unit"] == "tokens" else _nltk if settings["parity"] else _words
    per_row = mean_similarities(sets_of(collection.texts(settings["rows"]), split, settings["n"]), collection.threads)
    m = len(per_row)
    return {"apjs": DatasetScore.of(float(per_row.mean()), n, pairs=m * (m - 1) // 2, **of_pairs(per_row, n))}


def _absence(settings: Settings) -> str:
    """Why the sets cannot be made; empty when they can."""
    from scorers.resources import bpe_table, punkt_model

    if settings["unit"] == "tokens":
        return bpe_table.absence(settings)
    return punkt_model.absence(settings) if settings["parity"] else ""


def _words(batch: Batch) -> pa.Array:
    """The words of every text, by Arrow."""
    import pyarrow.compute as pc

    from scorers.derived.lowered import lowered

    text = pc.replace_substring_regex(batch.derive(lowered), r"[!-/:-@\[-`{-~]+", "")
    return pc.utf8_split_whitespace(pc.utf8_trim_whitespace(text))


def _nltk(batch: Batch) -> pa.Array:
    """NLTK's words of every lower-cased text."""
    import pyarrow as pa

    from scorers.derived.nltk_tokenizer import word_tokenize

    texts = batch.text("sample", raw=True).to_pylist()
    return pa.array([word_tokenize(text.lower()) for text in texts], pa.large_list(pa.large_string()))


def _tokens(settings: Settings, batch: Batch) -> pa.Array:
    """The tokens of every text, their ids as words."""
    import pyarrow as pa

    from scorers.derived.tokens import tokens

    view = "both" if settings["parity"] else "sample"
    found = batch.derive(tokens, settings["encoder"], view, bool(settings["parity"]))
    ids = pa.array(found.ids).cast(pa.large_string())
    return pa.LargeListArray.from_arrays(pa.array(found.offsets, pa.int64()), ids)
