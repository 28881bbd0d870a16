"""Why a sample is excluded or kept: its survivor, its pairs, and which words stand in shingles that both share."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.deduping.parameters import EMBEDDED, SIGNING_FIELDS, TEXTS, VIEWS, Signing
from pipelines.deduping.texts import texts_of
from scorers.derived.shingle_classes import MARK, SEPARATOR, SINGLE, SPACE, tables

Runs = list[tuple[str, bool]]


@dataclass(frozen=True)
class Neighbour:
    """A verified pair with the sample explained; it has a cosine in the view meaning, the rest in the others."""

    sample_id: int
    dataset: str
    jaccard: float | None
    estimate: float | None
    shared_bands: int | None
    cosine: float | None


@dataclass(frozen=True)
class Explanation:
    """What there is to say of a sample; texts are its own and its survivor's, as runs that are shared or not."""

    sample_id: int
    view: str
    survivor_id: int | None
    reason: str | None
    similarity: float | None
    stands_for: int
    verdict: str
    pairs: tuple[Neighbour, ...]
    texts: tuple[tuple[str, Runs], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def explain(lake: Lake, sample_id: int, view: str = "sample") -> Explanation:
    """Why a sample is excluded or kept in the last run of a view.

    Raises UnknownNameError for a view or sample that does not exist and UsageError where the view was not run.
    """
    if view not in VIEWS:
        raise UnknownNameError.of("view", view, VIEWS)
    if not lake.rows("select 1 from samples where sample_id = ?", [sample_id]):
        raise UsageError(f"There is no sample {sample_id}.", hint='List some with: oda sql "from near_duplicates"')
    run = lake.rows('select parameters from dedup_runs where "view" = ?', [view])
    if not run:
        raise UsageError(f"Near-duplicates of {view} were not sought yet.", hint=f"Run: oda dedup --view {view}")
    parameters = json.loads(run[0][0])
    signing = Signing(**{name: parameters[name] for name in SIGNING_FIELDS}) if view in TEXTS else Signing()
    row = lake.rows(
        'select survivor_id, reason, similarity from near_duplicates where "view" = ? and sample_id = ?',
        [view, sample_id],
    )
    survivor, reason, similarity = row[0] if row else (None, None, None)
    stands_for = lake.rows(
        'select count(*) from near_duplicates where "view" = ? and survivor_id = ?', [view, sample_id]
    )[0][0]
    pairs = tuple(Neighbour(*found) for found in lake.rows(_PAIRS, {"view": view, "id": sample_id}))
    other = survivor if survivor is not None else (pairs[0].sample_id if pairs else None)
    return Explanation(
        sample_id=sample_id,
        view=view,
        survivor_id=survivor,
        reason=reason,
        similarity=similarity,
        stands_for=stands_for,
        verdict=_verdict(sample_id, row[0] if row else None, stands_for, pairs, parameters),
        pairs=pairs,
        texts=() if other is None else _texts(lake, signing, sample_id, other),
    )


_PAIRS = """
select
    if(sample_id = $id, other_id, sample_id) as neighbour,
    if(sample_id = $id, other_dataset, dataset) as dataset,
    jaccard, estimate, shared_bands, cosine
from near_duplicate_pairs
where "view" = $view and (sample_id = $id or other_id = $id)
order by coalesce(jaccard, cosine) desc, neighbour
"""


def _verdict(
    sample_id: int,
    excluded: tuple[int, str, float | None] | None,
    stands_for: int,
    pairs: tuple[Neighbour, ...],
    parameters: dict[str, Any],
) -> str:
    survivor, reason, similarity = excluded or (None, None, None)
    if reason is None:
        if stands_for:
            return f"{sample_id} survives and stands for {stands_for:,} others."
        if pairs:
            return f"{sample_id} survives; nothing it resembles is left to it."
        return f"{sample_id} survives: no sample reaches the threshold {parameters['threshold']} with it."
    if reason == "exact":
        same = "" if parameters["view"] == EMBEDDED else ", up to case and white space"
        return f"{sample_id} has the same text as {survivor}{same}; {survivor} stands for it."
    if reason == "near":
        measure = f"cosine {similarity:.3f} of their embeddings"
        if parameters["view"] != EMBEDDED:
            measure = f"exact Jaccard index {similarity:.3f} of their shingles"
        return f"{survivor} stands for {sample_id}: {measure}."
    return (
        f"{survivor} stands for {sample_id}, which others link with it; the two are no verified pair themselves. "
        "With --clusters star every member matches its survivor."
    )


def _texts(lake: Lake, signing: Signing, *ids: int) -> tuple[tuple[str, Runs], ...]:
    batches = texts_of(lake.connection, signing.view, np.array(ids))
    found = {row["sample_id"]: (row["dataset"], row["text"]) for batch in batches for row in batch.to_pylist()}
    texts = [unicodedata.normalize("NFKC", found[key][1] or "") for key in ids]
    marked = shared_runs(texts[0], texts[1], signing)
    return tuple((f"{key} ({found[key][0]})", runs) for key, runs in zip(ids, marked, strict=True))


def shared_runs(left: str, right: str, signing: Signing) -> tuple[Runs, Runs]:
    """Both texts (in NFKC) cut into runs: whether every token of a run stands in a shingle that the other text has."""
    spans = [list(tokens(text, characters=signing.characters)) for text in (left, right)]
    shingles = [
        [tuple(token for token, _, _ in part[place : place + signing.ngram]) for place in range(_count(part, signing))]
        for part in spans
    ]
    both = set(shingles[0]) & set(shingles[1])
    left_runs, right_runs = (
        list(_runs(text, part, {n for n, shingle in enumerate(found) if shingle in both}, signing.ngram))
        for text, part, found in zip((left, right), spans, shingles, strict=True)
    )
    return left_runs, right_runs


def _count(tokens_of_text: list[tuple[str, int, int]], signing: Signing) -> int:
    return max(0, len(tokens_of_text) - signing.ngram + 1)


def _runs(text: str, spans: list[tuple[str, int, int]], shared: set[int], ngram: int) -> Iterator[tuple[str, bool]]:
    marked = {token for place in shared for token in range(place, place + ngram)}
    done, begin, inside = 0, 0, False
    for index, (_, start, end) in enumerate(spans):
        if (index in marked) != inside:
            if start > begin:
                yield text[begin:done] if inside else text[begin:start], inside
            begin = done if inside else start
            inside = index in marked
        done = end
    if done > begin and inside:
        yield text[begin:done], True
        begin = done
    if begin < len(text):
        yield text[begin:], False


@cache
def _letters() -> tuple[list[int], list[str]]:
    """The classes and folded letters of the basic plane, for Python."""
    classes, folded = tables()
    return classes.tolist(), [chr(point) for point in folded.tolist()]


def tokens(text: str, *, characters: bool = False) -> Iterator[tuple[str, int, int]]:
    """The tokens of a text in NFKC with their place, as the kernel sees them; slow, for showing and for tests."""
    classes, folded = _letters()
    word, start, single, gap, any_yet = "", 0, False, False, False
    for place, letter in enumerate(text):
        point = ord(letter)
        kind = classes[point] if point < 65536 else (SINGLE if point >= 0x20000 else 1)
        if word and (kind in (SEPARATOR, SPACE) or (kind != MARK and (characters or single or kind == SINGLE))):
            yield word, start, place
            word = ""
        if kind in (SEPARATOR, SPACE):
            gap = True
            continue
        if not word:
            if characters and gap and any_yet:
                yield " ", place, place
            start, single, any_yet = place, kind == SINGLE, True
        gap = False
        word += folded[point] if point < 65536 else letter
    if word:
        yield word, start, len(text)
