"""What the lake holds of each asset: rows, versions that follow contents, and what is incomplete."""

from __future__ import annotations

from typing import Any

from literal_relations import Rows, result

DATASETS = "dataset varchar, kind varchar, fingerprint varchar, rows bigint, rejected bigint, ingested timestamp"
SCORES = "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value double, status varchar, detail varchar"
WHEN = "2026-01-01"


def held(
    scores: Rows, *, fingerprint: str = "f", families: tuple[str, ...] = ("samples", "scores", "scored")
) -> dict[str, Any]:
    tables: dict[str, tuple[str, Rows]] = {
        "datasets": (DATASETS, [("a", "train", fingerprint, 2, 0, WHEN), ("b", "train", "g", 1, 0, WHEN)]),
        "scores": (SCORES, scores),
        "scored_axes": ("sample_id bigint, dataset varchar", sorted({(row[0], row[1]) for row in scores})),
        "dataset_scores": ("dataset varchar, axis varchar, scorer_version varchar, fingerprint varchar, n bigint", []),
        "embeddings": ("sample_id bigint, dataset varchar, model varchar, revision varchar", []),
        "contamination": ("dataset varchar, verdict varchar", []),
        "contamination_scans": (
            "dataset varchar, benchmark varchar, method varchar, parameters varchar, of_dataset varchar, of_benchmark varchar",
            [],
        ),
    }
    rows = result("held_datasets", tables, datasets=["a"], families=list(families))
    return {
        f"{family}/{name}": (partition, n, version, complete) for family, name, partition, n, version, complete in rows
    }


def score(number: int, value: float | None, axis: str = "mtld", version: str = "1") -> tuple[Any, ...]:
    return (number, "a", axis, version, value, "ok" if value is not None else "failed", None)


BOTH = [score(1, 2.0), score(2, None)]


def test_rows_and_what_is_complete() -> None:
    found = held([*BOTH, score(1, 5.0, "hdd")])
    assert {key: (rows, complete) for key, (_, rows, _, complete) in found.items()} == {
        "samples/": (2, True),
        "scores/mtld": (2, True),
        "scores/hdd": (1, False),
        "scored/": (2, True),
    }
    assert {partition for partition, *_ in found.values()} == {"a"}
    assert held([]) == {"samples/": ("a", 2, found["samples/"][2], True)}
    assert list(held(BOTH, families=("samples",))) == ["samples/"]


def test_versions_follow_contents_and_nothing_else() -> None:
    first = held(BOTH)
    assert held(BOTH[::-1]) == first
    assert held([*BOTH, (9, "b", "mtld", "1", 1.0, "ok", None)]) == first  # another dataset
    changed = {
        "value": held([score(1, 2.5), score(2, None)]),
        "version": held([score(1, 2.0, version="2"), score(2, None, version="2")]),
        "source": held(BOTH, fingerprint="other"),
    }
    differing = {what: {key for key in first if found[key][2] != first[key][2]} for what, found in changed.items()}
    assert differing == {
        "value": {"scores/mtld", "scored/"},
        "version": {"scores/mtld", "scored/"},
        "source": {"samples/"},
    }


def test_all_datasets_at_a_glance() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "datasets": (DATASETS, [("a", "train", "f", 4, 1, WHEN), ("b", "benchmark", "g", 2, 0, WHEN)]),
        "scores": (SCORES, [*BOTH, score(1, 3.0, "hdd")]),
        "near_duplicates": (
            'sample_id bigint, dataset varchar, "view" varchar',
            [(1, "a", "sample"), (2, "a", "sample"), (1, "a", "response")],
        ),
        "contamination": (
            "sample_id bigint, dataset varchar, verdict varchar",
            [(1, "a", "contaminated"), (1, "a", "contaminated"), (2, "a", "seen")],
        ),
    }
    found = [row[:-1] for row in result("all_datasets", tables)]
    assert found == [("a", "train", 4, 1, 2, 2 / 3, 0.5, 1), ("b", "benchmark", 2, 0, 0, None, None, None)]
    assert result("all_datasets", {name: (columns, []) for name, (columns, _) in tables.items()}) == []


def test_slices_and_what_was_written_of_them() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "slices": ("slice varchar, rows bigint, hash varchar", [("s", 3, "h"), ("t", 1, "i")]),
        "exports": (
            "subject varchar, format varchar, rows bigint, manifest_hash varchar, created timestamp",
            [
                ("s", "parquet", 2, "m", WHEN),
                ("s", "jsonl", 3, "n", "2026-01-02"),
                ("a dataset", "jsonl", 9, "o", WHEN),
            ],
        ),
    }
    rows = result("held_slices", tables, slices=["s"])
    assert [row[:3] for row in rows] == [("exports", "s", 3), ("slices", "s", 3)]
    assert rows[1][3] == "h"
