"""Embeddings and axes of whole datasets as assets: one job, shared work, numbers in the metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_runs import Project, questions, write_rows

from dagster_project.axes import groups


def test_embedding_and_measuring_a_dataset(project: Project, tmp_path: Path) -> None:
    assert project.ingest("sums", write_rows(tmp_path / "x.jsonl", [*questions(20), *questions(2)])).success
    outcome = project.run("embed_and_measure", "sums")
    assert outcome.success
    told = outcome.metadata
    assert sorted(told) == sorted(
        ["embeddings", "scores/knn_distance"]
        + [
            f"dataset_scores/{name}"
            for group in groups()[0]
            if group.folder == "sets"
            for name in group.axes
            if name != "knn_distance"
        ]
    )
    facts = ("dagster/row_count", "derived", "reused", "skipped", "empty", "kind")
    assert {name: told["embeddings"][name] for name in facts} == {
        "dagster/row_count": 22,
        "derived": 22,
        "reused": 0,
        "skipped": 0,
        "empty": 0,
        "kind": "sentence-transformers/all-MiniLM-L6-v2",
    }
    assert "| 384 |" in told["embeddings"]["preview"]
    vendi = told["dataset_scores/vendi"]
    assert (vendi["samples"], vendi["coverage"], vendi["status"], vendi["computed"]) == (22, 1.0, "ok", True)
    stored = project.rows("select value from dataset_scores where axis = 'vendi'")[0][0]
    assert vendi["value"] == pytest.approx(stored, abs=1e-6)
    assert vendi["parameters"]["metric"] == "cosine"
    assert 0 < vendi["facts"]["largest_share"] < 1
    assert told["dataset_scores/facility_location"]["status"] == "not_applicable"
    assert project.rows("select count(*), count(value) from scores where axis = 'knn_distance'") == [(22, 22)]
    again = project.run("embed_and_measure", "sums", assets=["embeddings", "dataset_scores/vendi"]).metadata
    assert (again["embeddings"]["skipped"], again["dataset_scores/vendi"]["computed"]) == (22, False)
