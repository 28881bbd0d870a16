"""`oda embed`, and axes of whole datasets in `oda score`: what they print for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_process import Oda

from pipelines.embedding.model import Embedder


def test_embedding_then_measuring(oda: Oda, home: Path) -> None:
    report = oda("embed", "--home", home, "--json").document
    (sums,) = report["kinds"]
    assert report["relation"] == "embeddings"
    del sums["version"]
    assert sums == {
        "dataset": "sums",
        "kind": "sentence-transformers/all-MiniLM-L6-v2",
        "samples": 120,
        "derived": 120,
        "reused": 0,
        "empty": 0,
        "skipped": 0,
        "outcomes": {},
    }
    again = oda("embed", "sums", "--home", home)
    assert "sums" in again.out
    assert "0 samples embedded by sentence-transformers/all-MiniLM-L6-v2" in again.out
    shown = oda("score", "sums", "--axes", "vendi,knn_distance", "--option", "knn_distance.k=5", "--home", home)
    assert shown.status == 0
    assert "whole dataset" in shown.out
    sets = oda("score", "sums", "--axes", "vendi,facility_location", "--home", home, "--json").document["sets"]
    assert [(s["axis"], s["status"], s["computed"]) for s in sets] == [
        ("vendi", "ok", False),
        ("facility_location", "not_applicable", True),
    ]
    assert 1 < sets[0]["value"] < 120
    assert "name a slice with --option facility_location.subset=SLICE" in sets[1]["detail"]
    planned = oda("score", "--plan", "--axes", "vendi,radius", "--home", home, "--json").document["axes"]
    assert [(p["axis"], p["scored"], p["to_run"]) for p in planned] == [("vendi", 120, 0), ("radius", 0, 120)]
    stored = oda(
        "sql", "select scorer_version, n from dataset_scores where axis = 'knn_distance'", "--home", home, "--json"
    )
    assert json.loads(stored.out) == [{"scorer_version": "1+k=5", "n": 120}]


@pytest.mark.parametrize("option", ["k=5", "knn_distance.k", ".k=5", "knn_distance.=5"])
def test_an_option_of_another_form_is_refused(oda: Oda, home: Path, option: str) -> None:
    ran = oda("score", "--axes", "knn_distance", "--option", option, "--home", home, "--json")
    assert ran.status == 2
    assert "knn_distance.k=5" in ran.error["message"] + ran.error["hint"]


def test_a_folder_without_a_model_is_refused(oda: Oda, home: Path, tmp_path: Path) -> None:
    ran = oda("embed", "--model", tmp_path, "--home", home, "--json")
    assert ran.status == 2
    assert "holds no model" in ran.error["message"]


def test_a_model_may_be_a_folder(oda: Oda, home: Path) -> None:
    folder = Embedder.find("sentence-transformers/all-MiniLM-L6-v2").folder
    report = oda("embed", "--model", folder, "--home", home, "--json").document
    assert (report["kinds"][0]["kind"], report["kinds"][0]["derived"]) == (str(folder), 120)
