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


def whole(**changed: Rows) -> dict[str, tuple[int, str]]:
    """Rows and version of each asset over all datasets, of small tables of which some are others."""
    scan = "dataset varchar, benchmark varchar, method varchar, parameters varchar, of_dataset varchar, of_benchmark varchar"
    evaluated = (
        "run varchar, benchmark varchar, metric varchar, repeat integer, counted boolean, value double, status varchar"
    )
    edges = "child varchar, parent varchar, relation varchar, verdict varchar, confidence double, counted boolean"
    tables: dict[str, tuple[str, Rows]] = {
        "datasets": (DATASETS, [("a", "train", "f", 2, 0, WHEN), ("b", "train", "g", 3, 0, WHEN)]),
        "contamination": ("dataset varchar, verdict varchar", [("a", "contaminated"), ("a", "trace")]),
        "contamination_scans": (scan, [("a", "bench", "text", "p", "1", "2"), ("b", "bench", "text", "p", "1", "2")]),
        "evaluations": (evaluated, [("base", "sums", "accuracy", 0, True, 50.0, "ok")]),
        "near_duplicates": ("sample_id bigint", [(1,)]),
        "dedup_runs": ('"view" varchar, parameters json, signed json, last_id bigint', []),
        "dataset_overlaps": ("dataset varchar", []),
        "overlap_runs": ("parameters json, datasets json, near json, created timestamp", []),
        "lineage_edges": (edges, [("a", "b", "subset", "confirmed", 1.0, True)]),
    }
    tables |= {name: (tables[name][0], rows) for name, rows in changed.items()}
    return {family: (rows, version) for family, rows, version in result("held_lake", tables)}


def test_what_is_made_over_all_datasets_is_told_where_there_is_any() -> None:
    first = whole()
    assert {family: rows for family, (rows, _) in first.items()} == {
        "all_contamination": 1,
        "all_evaluations": 1,
        "all_samples": 5,
        "dataset_lineage": 1,
    }
    emptied = whole(datasets=[], contamination_scans=[], evaluations=[], lineage_edges=[])
    assert emptied == {}


def test_versions_over_all_datasets_follow_each() -> None:
    first = whole()
    changed = {
        "a source": whole(datasets=[("b", "train", "g", 3, 0, WHEN), ("a", "train", "other", 2, 0, WHEN)]),
        "a kind": whole(datasets=[("a", "benchmark", "f", 2, 0, WHEN), ("b", "train", "g", 3, 0, WHEN)]),
        "a scan": whole(contamination_scans=[("a", "bench", "text", "p", "1", "2")]),
        "a result": whole(evaluations=[("base", "sums", "accuracy", 0, True, 51.0, "ok")]),
        "an edge": whole(lineage_edges=[("a", "b", "subset", "declared only", 1.0, True)]),
        "an order": whole(datasets=[("b", "train", "g", 3, 0, WHEN), ("a", "train", "f", 2, 0, WHEN)]),
    }
    differing = {what: {key for key in first if found[key][1] != first[key][1]} for what, found in changed.items()}
    assert differing == {
        "a source": {"all_samples"},
        "a kind": {"all_samples"},
        "a scan": {"all_contamination"},
        "a result": {"all_evaluations"},
        "an edge": {"dataset_lineage"},
        "an order": set(),
    }
