"""Folders written by the real `datasets` library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict, load_from_disk

from lake.errors import SourceError
from lake.sources.resolve import ResolvedSource, resolve


def _names(source: ResolvedSource) -> list[tuple[str, str | None]]:
    return [(file.name, file.split) for file in source.files]


def _dataset(rows: int = 6) -> Dataset:
    return Dataset.from_dict({"question": [f"{n}+1" for n in range(rows)], "answer": [str(n + 1) for n in range(rows)]})


def test_one_dataset(tmp_path: Path) -> None:
    _dataset().save_to_disk(tmp_path / "sums", num_shards=2)
    assert _names(resolve(tmp_path / "sums")) == [
        ("data-00000-of-00002.arrow", None),
        ("data-00001-of-00002.arrow", None),
    ]


def test_a_dictionary_of_splits_and_the_files_the_library_leaves_behind(tmp_path: Path) -> None:
    folder = tmp_path / "sums"
    DatasetDict({"train": _dataset(), "hard": _dataset(2)}).save_to_disk(folder)
    for dataset in load_from_disk(folder).values():
        dataset.map(lambda row: {"length": len(row["answer"])})
    assert list(folder.rglob("cache-*.arrow"))
    found = resolve(folder)
    assert _names(found) == [
        ("hard/data-00000-of-00001.arrow", "hard"),
        ("train/data-00000-of-00001.arrow", "train"),
    ]
    assert len([name for name in found.ignored if "cache-" in name]) == 2


def test_the_licence_the_library_saved(tmp_path: Path) -> None:
    dataset = _dataset()
    dataset.info.license = "mit"
    dataset.save_to_disk(tmp_path / "sums")
    assert resolve(tmp_path / "sums").description.license == "mit"


def test_a_copy_with_a_missing_file(tmp_path: Path) -> None:
    folder = tmp_path / "sums"
    _dataset().save_to_disk(folder, num_shards=2)
    (folder / "data-00001-of-00002.arrow").unlink()
    with pytest.raises(SourceError, match=r"state.json names the file 'data-00001-of-00002.arrow', which is not there"):
        resolve(folder)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd"])
def test_a_state_cannot_reach_out_of_its_folder(tmp_path: Path, name: str) -> None:
    _dataset().save_to_disk(tmp_path / "sums")
    (tmp_path / "sums" / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    with pytest.raises(SourceError, match="which is not there"):
        resolve(tmp_path / "sums")


def test_broken_states(tmp_path: Path) -> None:
    _dataset().save_to_disk(tmp_path / "sums")
    state = tmp_path / "sums" / "state.json"
    state.write_text('{"_data_files": [')
    with pytest.raises(SourceError, match="state.json, byte .*: not valid JSON"):
        resolve(tmp_path / "sums")
    state.write_text('{"_data_files": [1]}')
    with pytest.raises(SourceError, match="_data_files is not a list"):
        resolve(tmp_path / "sums")
    state.write_text('{"_data_files": [], "_indices_data_files": [{"filename": "i.arrow"}]}')
    with pytest.raises(SourceError, match="an index file"):
        resolve(tmp_path / "sums")


def test_another_program_s_state_is_no_saved_dataset(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"step": 4}')
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    assert _names(resolve(tmp_path)) == [("a.jsonl", None)]
