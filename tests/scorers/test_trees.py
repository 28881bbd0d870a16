"""Dependency trees by real pipelines: the small English one and the toy parser of the goldens."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from scorers.batch import Batch
from scorers.catalogue import catalogue

Outcome = tuple[float | None, str, str | None]


def measured(texts: list[str | None], **options: object) -> list[tuple[Outcome, Outcome]]:
    entry = catalogue().entry("tree_instruct")
    table = {"instruction": pa.array([""] * len(texts)), "response": pa.array(texts, pa.string())}
    columns = entry.score(Batch(pa.table(table)), entry.scorer.settings(**options))
    return [(columns["tree_nodes"].outcome(i), columns["tree_depth"].outcome(i)) for i in range(len(texts))]


def test_the_english_pipeline_parses_a_sentence() -> None:
    ((nodes, depth), (one, one_deep)) = measured(["The cat that I saw sat on the mat.", "Stop"])
    assert nodes == (10.0, "ok", None)
    assert depth == (4.0, "ok", None)
    assert (one[0], one_deep[0]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("", "not_applicable", "the text is empty"),
        (None, "not_applicable", "the text is empty"),
        ("a" * 1_000_001, "too_long", "the text has more than 1,000,000 characters"),
    ],
)
def test_what_cannot_be_parsed_says_why(text: str | None, status: str, reason: str, goldens: Path) -> None:
    toy = str(goldens / "tiny_models" / "spacy_tiny")
    assert measured([text, "one"], model=toy)[0] == ((None, status, reason),) * 2
    assert measured([text, "one"], model=toy)[1][0][0] == 1.0


def test_rows_do_not_depend_on_each_other(goldens: Path) -> None:
    toy = str(goldens / "tiny_models" / "spacy_tiny")
    texts = [" ", "\n\t\u3000", "富士山の高さ。", "🎉🎉 👩‍👩‍👧", "\x00\x01", "So we go. Then we stop.", "x " * 2000]
    whole = measured(list(texts), model=toy)
    assert measured(list(texts), model=toy) == whole
    assert measured(texts[::-1], model=toy)[::-1] == whole
    assert [measured([text], model=toy)[0] for text in texts] == whole
    assert all(status == "ok" for row in whole for _, status, _ in row)
