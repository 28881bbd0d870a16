"""Large JSON files are cut at the ends of their elements, wherever the pieces that are read happen to end."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.containers import json_elements, json_file, json_object, reader, row_keys
from lake.containers.base import MAX_RECORD, Bad
from lake.containers.elements import Splitter
from lake.errors import SourceError

TEXT = st.text(alphabet='"\\{}[],: \nab\u00fc\U0001f600', max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=8), st.sampled_from([None, 1]), st.booleans(), st.lists(st.integers(1, 9), min_size=1))
def test_elements_end_where_a_parser_says(
    rows: list[Any], indent: int | None, ascii_only: bool, sizes: list[int]
) -> None:
    text = json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode()[1:]
    splitter, at, turn, found = Splitter(1), 0, 0, []
    separators, closings = [], []
    while at < len(text):
        piece = text[at : at + sizes[turn % len(sizes)]]
        found = splitter.feed(piece)
        separators += found.separators.tolist()
        closings += found.closings.tolist()
        at, turn = at + len(piece), turn + 1
    assert closings == [len(text) - 1]
    edges = [-1, *separators, closings[0]]
    parts = [text[start + 1 : end] for start, end in itertools.pairwise(edges)]
    assert [json.loads(part) for part in parts if part.strip()] == rows


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as large and is read in pieces of 100 bytes."""
    monkeypatch.setattr(json_file, "WHOLE_FILE_BYTES", 50)
    monkeypatch.setattr(json_elements, "PIECE", 100)
    monkeypatch.setattr(json_object, "PIECE", 100)


def records(path: Path, block_bytes: int = 300) -> list[Any]:
    found: list[Any] = []
    for block in reader.blocks(path, path.name, block_bytes=block_bytes, scratch=path.parent / "scratch"):
        assert block.first == len(found)
        rows = list(reader.read(block))
        assert [number for number, _ in rows] == list(range(block.first, block.first + block.count))
        found += [record for _, record in rows]
    assert not list((path.parent / "scratch").glob("*"))
    return found


ROWS = [{"q": f'row {number} ü "quoted" \\ }}],', "n": number, "deep": [{"x": [1, {}]}]} for number in range(40)]
ROWS[7]["q"] = "long " * 200


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_objects_around_them_and_values_in_a_row(tmp_path: Path, name: str, indent: int | None) -> None:
    whole = json.dumps(ROWS, indent=indent, ensure_ascii=False)
    assert records(written(tmp_path, name, "\ufeff" + whole + "\n\n")) == ROWS
    about = {"canary": "x", "n": [1, 2], "data": "no rows"}
    around = json.dumps({"canary": "x", "examples": ROWS, "n": [1, 2], "data": "no rows"}, indent=indent)
    assert records(written(tmp_path, name, around)) == [{**row, "_file": about} for row in ROWS]
    if indent is not None:
        row = "\n".join(json.dumps(row, indent=indent) for row in ROWS)
        assert records(written(tmp_path, name, row)) == ROWS


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("[" + json.dumps(ROWS[0]) * 9, "the array is cut short", None),
        (json.dumps(ROWS)[:-1] + ",]", "a comma without a value", len(json.dumps(ROWS))),
        (json.dumps(ROWS)[:-1] + "}", "'}' closes an array", len(json.dumps(ROWS)) - 1),
        (json.dumps(ROWS) + " [1]", "something follows the array", len(json.dumps(ROWS))),
        ('[{"a": 1}, {"b": tru}, ' + json.dumps(ROWS)[1:], "not valid JSON", 17),
        ('{"a": 1, "examples": ' + json.dumps(ROWS), "the object is cut short", None),
        ('{"a": 1, "examples": ' + json.dumps(ROWS) + "]", "']' closes an object", 21 + len(json.dumps(ROWS))),
        ('{"a": 1, ' + json.dumps(ROWS) + "}", "a member without a key", 8),
        ('{\n"a": 1' + " " * 99 + "}\n{" + " " * 99, "the last value is cut short", None),
    ],
)
def test_what_is_no_json_is_named_with_its_place(
    tmp_path: Path, name: str, text: str, reason: str, offset: int | None
) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        records(written(tmp_path, name, text))
    if offset is not None:
        assert caught.value.offset == offset
    assert name.removesuffix(".gz") in caught.value.message


@pytest.mark.usefixtures("small_pieces")
def test_big_numbers_deep_nesting_and_lone_surrogates_are_a_matter_of_their_record(tmp_path: Path) -> None:
    deep = "[" * 5000 + "]" * 5000
    text = f'[{{"n": 123456789012345678901234567890}}, {{"d": {deep}}}, {{"s": "\\ud800"}}, {{"x": NaN}}]'
    first, nested, surrogate, last = records(written(tmp_path, "a.json", text))
    assert (first, last) == ({"n": 123456789012345678901234567890}, {"x": "NaN"})
    assert nested.reason == "not readable JSON: nested too deeply"
    assert surrogate.reason == "not valid text: a lone surrogate escape"


def giant(folder: Path, name: str) -> Path:
    pieces: Iterator[bytes] = iter(
        [b'[{"q": "before"}, {"q": "', *[b"x" * (MAX_RECORD // 4)] * 5, b'"}, {"q": "after"}]']
    )
    path = folder / name
    with gzip.open(path, "wb", compresslevel=1) if name.endswith(".gz") else path.open("wb") as out:
        for piece in pieces:
            out.write(piece)
    return path


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_giant_element_is_refused_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    before, refused, after = records(giant(tmp_path, name), block_bytes=1 << 20)
    assert (before, after) == ({"q": "before"}, {"q": "after"})
    assert isinstance(refused, Bad)
    assert refused.reason == "the record is over the limit of 67,108,864 bytes"
    assert refused.raw.lstrip()[:9] == b'{"q": "xx'
    assert len(refused.raw) == 4096


def test_an_object_that_is_one_giant_record_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"instruction": "x", "output": "' + b"y" * (9 << 20) + b'"}')
    (block,) = reader.blocks(path, path.name, block_bytes=1 << 20, scratch=tmp_path)
    assert [len(record["output"]) for _, record in reader.read(block)] == [9 << 20]
    monkeypatch.setattr(json_object, "MAX_RECORD", 8 << 20)
    with pytest.raises(SourceError, match="the file is one record of 9,437,218 bytes, over the limit"):
        records(path)


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_file_says_about_its_rows_may_not_grow_without_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    if not whole:
        monkeypatch.setattr(json_file, "WHOLE_FILE_BYTES", 16)
    monkeypatch.setattr(row_keys, "CARRIED_BYTES", 4000)
    path = written(tmp_path, "a.json", json.dumps({"train": ROWS, "notes": [{"q": "x" * 300}]}))
    with pytest.raises(SourceError, match="beside the rows of 'train' it holds 320 bytes in notes"):
        records(path)
