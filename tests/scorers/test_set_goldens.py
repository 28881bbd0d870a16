"""Axes of whole datasets give the values recorded from the reference, and the golden vectors of its description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from scorers.batch import Batch
from scorers.catalogue import catalogue
from scorers.collection import Collection, DatasetScore
from scorers.dataset.cluster_inertia import inertia
from scorers.dataset.facility_location import coverage
from scorers.dataset.partition_entropy import evenness

E = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 1]], np.float32)
CENTRES, LABELS = np.array([[0.5, 0.5, 0], [1, 1, 0.5]]), np.array([0, 0, 1, 1])
METRICS = ["cosine", "euclidean", "squared_euclidean", "manhattan"]


def measured(axis: str, vectors: Any, *, parity: bool = True, **options: Any) -> DatasetScore:
    entry = catalogue().entry(axis)
    found: Any = entry.score(Collection(vectors, threads=2), entry.scorer.settings(parity=parity, **options))  # type: ignore[arg-type]
    measure = found[axis]
    assert isinstance(measure, DatasetScore)
    return measure


@pytest.fixture(scope="module")
def vectors(goldens: Path) -> Any:
    return np.load(goldens / "embeddings_public.npy")


def recorded(goldens: Path, name: str) -> list[tuple[dict[str, Any], Any]]:
    """(settings, outputs) of the first run and of every variant."""
    found = json.loads((goldens / "heuristic" / f"{name}Scorer.json").read_text())
    return [(run["config"], run["outputs"]) for run in (found, *found.get("variants", []))]


@pytest.mark.parametrize(
    ("axis", "options", "value"),
    [
        ("aps", {}, 0.5642351136),
        ("aps", {"metric": "euclidean"}, 0.4571067812),
        ("aps", {"metric": "manhattan"}, 0.4166666667),
        ("aps", {"metric": "dot_product"}, 1.0),
        ("vendi", {}, 2.1650534407),
        ("vendi", {"metric": "euclidean"}, 3.0627979443),
        ("log_det", {}, -23.4313153996),
        ("radius", {}, 0.4330127019),
        ("novelsum", {"neighbours": 2, "density_power": 0, "distance_power": 0}, 0.3268236705),
        ("novelsum", {"neighbours": 2, "density_power": 0, "distance_power": 1}, 0.2010675854),
        ("novelsum", {"neighbours": 2, "density_power": 0, "distance_power": 2}, 0.1020901523),
        ("novelsum", {"neighbours": 2, "distance_power": 0}, 0.2756733671),
        ("novelsum", {"neighbours": 2, "distance_power": 1}, 0.1699536899),
        ("novelsum", {"neighbours": 2, "distance_power": 2}, 0.0864732346),
    ],
)
def test_golden_vectors(axis: str, options: dict[str, Any], value: float) -> None:
    assert measured(axis, E, **options).value == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("cosine", [0.3577714748, 0.3577714748, 0.2381983189, 0.3030765749]),
        ("euclidean", [1.2071067812, 1.2071067812, 1.0, 1.2071067812]),
    ],
)
def test_golden_neighbour_distances(metric: str, values: list[float]) -> None:
    column = measured("knn_distance", E, k=2, metric=metric).column
    assert column is not None
    assert column.values == pytest.approx(values, rel=1e-9)


def test_golden_values_of_given_subsets_and_clusters() -> None:
    assert [coverage(Collection(E), E[[0, 3]], metric).value for metric in METRICS[:2]] == pytest.approx(
        [0.6061531499, 2.4142135624], rel=1e-9
    )
    assert [inertia(Collection(E), CENTRES, LABELS, metric).value for metric in METRICS[:2]] == pytest.approx(
        [0.6807269474, 2.4142135624], rel=1e-9
    )
    found = evenness([2, 2], 3)
    assert (found.value, found.facts["normalised"]) == pytest.approx((0.6931471806, 0.6309297536), rel=1e-9)


@pytest.mark.parametrize("axis", ["aps", "vendi"])
def test_every_kernel_equals_the_reference(axis: str, vectors: Any, goldens: Path) -> None:
    for config, outputs in recorded(goldens, axis.capitalize()):
        if "sample_pairs" in config:
            continue
        value = measured(axis, vectors, metric=config["similarity_metric"]).value
        assert value == pytest.approx(outputs.get("score", outputs.get("vendi_score")), rel=1e-5), config


def test_log_det_equals_the_reference_for_every_ridge(vectors: Any, goldens: Path) -> None:
    for config, outputs in recorded(goldens, "LogDetDistance"):
        found = measured("log_det", vectors, reference_ridge=config["ridge_alpha"])
        assert found.value == pytest.approx(outputs[0]["log_det"], rel=1e-5)
    assert measured("log_det", vectors, parity=False).value == pytest.approx(105.94236315, rel=1e-6)


def test_radius_equals_the_reference(vectors: Any, goldens: Path) -> None:
    (_, outputs), found = recorded(goldens, "Radius")[0], measured("radius", vectors)
    assert found.value == pytest.approx(outputs["radius"], rel=1e-5)
    assert found.facts["arithmetic_mean"] == pytest.approx(outputs["arithmetic_mean_std"], rel=1e-5)
    assert found.facts["median"] == pytest.approx(outputs["median_std"], rel=1e-5)
    assert found.facts["constant_dimensions"] == outputs["zero_std_dimensions"]


def test_novelsum_equals_the_reference_on_its_whole_grid(vectors: Any, goldens: Path) -> None:
    config, outputs = recorded(goldens, "NovelSum")[0]
    for near in config["neighbors"]:
        for density in config["density_powers"]:
            for distance in config["distance_powers"]:
                value = measured(
                    "novelsum", vectors, neighbours=near, density_power=density, distance_power=distance
                ).value
                assert value == pytest.approx(
                    outputs[f"neighbor_{near}_density_{density}_distance_{distance}"], rel=1e-5
                )


def test_neighbour_distances_equal_the_reference(vectors: Any, goldens: Path) -> None:
    names = [json.loads(line)["id"] for line in (goldens / "public.jsonl").open()]
    for config, outputs in recorded(goldens, "KNN"):
        found = measured("knn_distance", vectors, k=config["k"], metric=config["distance_metric"])
        assert found.column is not None
        wanted = [outputs[name]["score"] if isinstance(outputs[name], dict) else outputs[name] for name in names]
        assert found.column.values == pytest.approx(wanted, rel=1e-5)


def test_inertia_coverage_and_evenness_equal_the_reference(vectors: Any, goldens: Path) -> None:
    centres = np.load(goldens / "cluster_centroids_public.npy").astype(np.float64)
    labels, subset = (np.load(goldens / f"{name}_public.npy") for name in ("cluster_labels", "subset_embeddings"))
    for config, outputs in recorded(goldens, "ClusterInertia"):
        found = inertia(Collection(vectors), centres, labels, config["distance_metric"])
        assert found.value == pytest.approx(outputs["total_inertia"], rel=1e-5)
        assert found.facts["sizes"] == list(outputs["cluster_sizes"].values())
        assert found.facts["inertias"] == pytest.approx(list(outputs["cluster_inertias"].values()), rel=1e-5)
    for config, outputs in recorded(goldens, "FacilityLocation"):
        found = coverage(Collection(vectors, threads=2), subset, config["distance_metric"])
        assert found.value == pytest.approx(outputs["facility_location_score"], rel=1e-5)
        for ours, theirs in (("mean", "avg"), ("most", "max"), ("median", "median"), ("deviation", "std")):
            assert found.facts[ours] == pytest.approx(outputs[f"{theirs}_min_distance"], rel=1e-5)
    for config, outputs in recorded(goldens, "PartitionEntropy"):
        found = evenness(np.bincount(labels).tolist(), config["num_clusters"])
        assert found.value == pytest.approx(outputs["entropy"], rel=1e-9)
        assert found.facts["normalised"] == pytest.approx(outputs["normalized_entropy"], rel=1e-9)


def test_similarity_of_pairs_equals_the_reference(goldens: Path) -> None:
    rows = [json.loads(line) for line in (goldens / "public.jsonl").open()]
    table = pa.table(
        {
            "instruction": [row["instruction"] + ("\n" + row["input"] if row["input"] else "") for row in rows],
            "response": [row["output"] for row in rows],
        }
    )
    collection = Collection(np.zeros((0, 0), np.float32), samples=200, texts=lambda _: iter([Batch(table)]), threads=2)
    entry = catalogue().entry("apjs")
    compared = 0
    for config, outputs in recorded(goldens, "Apjs"):
        if outputs["is_sampled"]:  # the reference's draw; ours compares every pair
            continue
        unit = {"gram": "words", "token": "tokens"}[config["tokenization_method"]]
        settings = entry.scorer.settings(parity=True, n=config["n"], unit=unit)
        found: Any = entry.score(collection, settings)  # type: ignore[arg-type]
        assert found["apjs"].value == pytest.approx(outputs["score"], rel=1e-9)
        assert found["apjs"].facts["pairs"] == outputs["num_pairs"]
        compared += 1
    assert compared == 4
