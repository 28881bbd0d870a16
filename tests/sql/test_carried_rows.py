"""The relation carried_rows: what samples of a replaced dataset keep."""

from __future__ import annotations

from uuid import UUID

from literal_relations import Rows, result

A, B, C = (UUID(int=n) for n in (1, 2, 3))
SAMPLES = "sample_id bigint, dataset varchar, content_id uuid, reference_answer varchar, rejected_response varchar"
OLD = "sample_id bigint, content_id uuid, reference_answer varchar, rejected_response varchar"
SCORES = "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value double"
EMBEDDINGS = "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]"


def carried(new: Rows, old: Rows, replaced: tuple[str, Rows], kind: str, *deciding: str) -> list[tuple[object, ...]]:
    tables = {"samples": (SAMPLES, new), "replaced_samples": (OLD, old), "replaced_rows": replaced}
    return result("carried_rows", tables, replaced="replaced_rows", kind=kind, deciding=list(deciding), dataset="x")


def test_embeddings_go_to_equal_content_of_every_model() -> None:
    new = [(11, "x", A, "1", None), (12, "x", B, None, None), (13, "x", A, None, None), (14, "y", A, None, None)]
    old = [(1, A, None, None), (2, C, None, None), (3, A, None, None), (0, A, None, None)]  # 0 has nothing to give
    had = [(1, "x", "m", "r", [1.0]), (2, "x", "m", "r", [2.0]), (3, "x", "m", "r", [1.0]), (1, "x", "n", "r", None)]
    assert carried(new, old, (EMBEDDINGS, had), "model", "content_id") == [
        (11, "x", "m", "r", [1.0]),
        (11, "x", "n", "r", None),
        (13, "x", "m", "r", [1.0]),
        (13, "x", "n", "r", None),
    ]


def test_scores_go_to_samples_that_equal_in_all_that_scorers_may_read() -> None:
    new = [(11, "x", A, "1", None), (12, "x", A, None, None), (13, "x", A, "1", "no"), (14, "x", B, None, None)]
    old = [(1, A, "1", None), (2, A, None, None), (3, B, "2", None)]
    had = [(n, "x", axis, "1", n / 2) for n in (1, 2, 3) for axis in ("hdd", "mtld")]
    columns = ("content_id", "reference_answer", "rejected_response")
    assert carried(new, old, (SCORES, had), "axis", *columns) == [
        (11, "x", "hdd", "1", 0.5),
        (11, "x", "mtld", "1", 0.5),
        (12, "x", "hdd", "1", 1.0),
        (12, "x", "mtld", "1", 1.0),
    ]


def test_nothing_old_carries_nothing() -> None:
    assert carried([(11, "x", A, None, None)], [], (SCORES, []), "axis", "content_id") == []
