from __future__ import annotations

import pytest

from lake.sources.names import has_data_suffix, is_data, is_hidden, split_of, stem, suggested_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train.jsonl", "train"),
        ("test.jsonl.gz", "test"),
        ("APE_valid.csv", "validation"),
        ("dev.tsv", "validation"),
        ("gsm8k-test-v2.parquet", "test"),
        ("My Training 2.json", "train"),
        ("data/train-00000-of-00002.parquet", "train"),
        ("data/code.python-00000-of-00002.parquet", "code.python"),
        ("data/eval-00000-of-00001.parquet", "test"),
        ("train/part-1.jsonl", "train"),
        ("en/validation/a.json", "validation"),
        ("train/test.jsonl", None),
        ("train_test.jsonl", None),
        ("latest.jsonl", None),
        ("contest/a.jsonl", None),
        ("alpaca_data.json", None),
        ("code-00000-of-00002.parquet", None),
    ],
)
def test_splits(name: str, expected: str | None) -> None:
    assert split_of(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.json", True),
        ("a.JSONL", True),
        ("a.ndjson.zst", True),
        ("a.csv.gz", True),
        ("a.b.parquet", True),
        ("a.feather", True),
        ("a.txt", False),
        ("a.jsonl.bz2", True),
        ("a.tar.gz", True),
        ("a.jsonl.lz4", False),
        ("a.gz", False),
        ("json", False),
        (".json", False),
        ("README.json", False),
        ("LICENSE.csv", False),
        ("licenses_of_rivers.csv", True),
        ("sub/dataset_infos.json", False),
        ("state.json", False),
        ("checksums.json", False),
        ("sha256sums.csv", False),
        ("readmes.jsonl", True),
    ],
)
def test_what_is_data(name: str, expected: bool) -> None:
    assert is_data(name) is expected


def test_the_suffix_alone() -> None:
    assert has_data_suffix("state.json")
    assert not has_data_suffix("state.yaml")


@pytest.mark.parametrize(
    ("name", "expected"), [(".git/a.json", True), ("a/__pycache__/b.json", True), ("a/_b.json", False), ("a", False)]
)
def test_hidden(name: str, expected: bool) -> None:
    assert is_hidden(name) is expected


def test_stems() -> None:
    assert [stem(name) for name in ("x/a.b.jsonl.GZ", "a.json", "a", "v1.5-alpaca", ".json")] == [
        "a.b",
        "a",
        "a",
        "v1.5-alpaca",
        ".json",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/d/openr1.jsonl.gz", "openr1"),
        ("/d/gsm8k/train.jsonl", "gsm8k"),
        ("/d/gsm8k/data/train-00000-of-00002.parquet", "gsm8k"),
        ("/d/alpaca", "alpaca"),
        ("/d/v1.5", "v1.5"),
        ("/data/train.jsonl", "train"),
        ("/", ""),
    ],
)
def test_suggested_names(path: str, expected: str) -> None:
    assert suggested_name(path) == expected
