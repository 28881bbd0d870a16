"""Which member of a JSON object holds its rows, or whether it is a row itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lake.containers import json_file, reader

TURNS = [{"role": "user", "content": "Rain?"}, {"role": "assistant", "content": "Soon."}]
ROWS = [{"input": "a", "output": ["b"]}, {"input": "c", "output": ["d"]}]
TOOL = [{"type": "function", "function": {"name": "sky"}}]

ONE_RECORD: list[dict[str, Any]] = [
    {"id": "x", "messages": TURNS, "tools": TOOL},
    {"id": "x", "tools": TOOL, "conversations": [{"from": "human", "value": "Rain?"}], "images": [{"path": "a.png"}]},
    {"prompt": "Rain?", "answer": "Soon.", "sources": [{"text": "A cloud."}]},
    {"Dialogue": TURNS, "Participants": [{"name": "Ann"}]},
    {"id": "x", "tools": TOOL, "files": [{"path": "a"}]},
]
OF_ROWS: list[tuple[dict[str, Any], str]] = [
    ({"Definition": ["Do."], "Positive Examples": [{"input": "x", "output": "y"}], "Instances": ROWS}, "Instances"),
    ({"positive_examples": [{"input": "x", "output": "y"}], "cases": ROWS}, "cases"),
    ({"version": 1, "DATA": ROWS}, "DATA"),
    ({"authors": [{"name": "Ann"}], "pairs": ROWS}, "pairs"),
    ({"conversations": [{"id": 1, "messages": TURNS}, {"id": 2, "messages": TURNS}]}, "conversations"),
    ({"licenses": [{"id": 1}], "info": [{"year": 1}], "qa": [{"question": "Rain?", "answer": "Soon."}]}, "qa"),
]


def read(path: Path) -> list[Any]:
    blocks = reader.blocks(path, path.name, block_bytes=1 << 20, scratch=path.parent)
    return [record for block in blocks for _, record in reader.read(block)]


@pytest.fixture(params=["whole", "in pieces"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file is parsed whole where it is small; a large one is looked through."""
    if request.param == "in pieces":
        monkeypatch.setattr(json_file, "WHOLE_FILE_BYTES", 16)
    return str(request.param)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("record", ONE_RECORD)
def test_an_object_that_is_a_record(tmp_path: Path, record: dict[str, Any]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(record, indent=1))
    assert read(tmp_path / "a.json") == [record]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize(("whole", "key"), OF_ROWS)
def test_an_object_that_holds_records(tmp_path: Path, whole: dict[str, Any], key: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(whole, indent=1))
    about = {other: value for other, value in whole.items() if other != key}
    assert read(tmp_path / "a.json") == [{**row, **({"_file": about} if about else {})} for row in whole[key]]


@pytest.mark.usefixtures("size")
def test_an_object_of_splits_holds_the_rows_of_all(tmp_path: Path) -> None:
    whole = {
        "version": "1.1",
        "Test": [{"question": "Snow?", "answer": "No.", "split": "hidden"}],
        "train": [{"question": "Rain?", "answer": "Soon."}, {"question": "Hail?", "answer": "Late."}],
        "dev": [{"question": "Fog?", "answer": "Now."}],
        "validation": [],
    }
    (tmp_path / "a.json").write_text(json.dumps(whole, indent=1))
    about = {"_file": {"version": "1.1", "validation": []}}
    assert read(tmp_path / "a.json") == [
        {"question": "Snow?", "answer": "No.", "split": "hidden", **about},
        {"question": "Rain?", "answer": "Soon.", "split": "train", **about},
        {"question": "Hail?", "answer": "Late.", "split": "train", **about},
        {"question": "Fog?", "answer": "Now.", "split": "validation", **about},
    ]
    blocks = reader.blocks(tmp_path / "a.json", "a.json", block_bytes=1 << 20, scratch=tmp_path)
    assert [number for block in blocks for number, _ in reader.read(block)] == [0, 1, 2, 3]


@pytest.mark.usefixtures("size")
def test_a_name_of_a_split_beside_other_rows_is_none(tmp_path: Path) -> None:
    whole = {"data": [{"question": "Rain?", "answer": "Soon."}], "test": [{"question": "Snow?", "answer": "No."}]}
    (tmp_path / "a.json").write_text(json.dumps(whole))
    assert read(tmp_path / "a.json") == [{"question": "Rain?", "answer": "Soon.", "_file": {"test": whole["test"]}}]
