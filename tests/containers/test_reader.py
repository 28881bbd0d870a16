"""Every container gives the same records with their place, and names what it cannot read."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from lake.containers import json_file, lines, reader
from lake.containers.base import MAX_RECORD, Bad
from lake.errors import SourceError

ROWS = [{"q": "one", "a": 1}, {"q": "zwei ü\u2028x", "a": None}, {"q": "三\n行", "a": 3.5}]


def records(path: Path, *, block_bytes: int = 1 << 20) -> list[object]:
    scratch = path.parent / "scratch"
    found, numbers = [], []
    for block in reader.blocks(path, path.name, block_bytes=block_bytes, scratch=scratch):
        assert block.count >= 1
        for number, record in reader.read(block):
            numbers.append(number)
            found.append(record)
    assert numbers == sorted(set(numbers))
    assert not scratch.exists() or not list(scratch.iterdir())
    return found


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    if name.endswith(".gz"):
        content = gzip.compress(content)
    if name.endswith(".zst"):
        content = zstandard.ZstdCompressor().compress(content)
    path.write_bytes(content)
    return path


JSONL = b"\n".join(json.dumps(row).encode() for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", JSONL),
        ("a.jsonl", JSONL + b"\n"),
        ("a.jsonl", b"\xef\xbb\xbf" + JSONL.replace(b"\n", b"\r\n")),
        ("a.json", JSONL),
        ("a.ndjson.gz", JSONL),
        ("a.jsonl.zst", JSONL),
        ("a.json", json.dumps(ROWS).encode()),
        ("a.json", b"\xef\xbb\xbf" + json.dumps(ROWS, indent=4, ensure_ascii=False).encode()),
        ("a.jsonl", json.dumps(ROWS, indent=4).encode()),
        ("a.json.gz", json.dumps(ROWS).encode()),
        ("a.json.zst", json.dumps(ROWS).encode()),
        ("a.json", "\n".join(json.dumps(row, indent=2) for row in ROWS).encode()),
    ],
)
def test_json_in_all_its_forms(tmp_path: Path, name: str, content: bytes):
    assert records(written(tmp_path, name, content)) == ROWS


def test_an_object_around_the_rows_is_kept_with_each(tmp_path: Path):
    path = written(tmp_path, "task.json", json.dumps({"canary": "x", "examples": ROWS}, indent=1).encode())
    assert records(path) == [{**row, "_file": {"canary": "x"}} for row in ROWS]
    assert records(written(tmp_path, "one.json", b'{"q": "alone"}')) == [{"q": "alone"}]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz"])
@pytest.mark.parametrize("header", [True, False])
def test_delimited_text(tmp_path: Path, suffix: str, header: bool):
    rows = [
        ["What is it? Say, please.", "it's 5"],
        ['He said "no"', "naïve"],
        ["a\nb" if "csv" in suffix else "a b", ""],
    ]
    text = io.StringIO(newline="")
    options = {"quoting": csv.QUOTE_NONE, "quotechar": None} if "tsv" in suffix else {}
    writer = csv.writer(text, delimiter="\t" if "tsv" in suffix else ",", **options)
    if header:
        writer.writerow(["question", "answer"])
    writer.writerows(rows)
    path = written(tmp_path, "a" + suffix, text.getvalue().encode())
    names = ["question", "answer"] if header else ["column_1", "column_2"]
    assert records(path) == [dict(zip(names, row, strict=True)) for row in rows]
    first = next(reader.blocks(path, "a", block_bytes=1 << 20, scratch=tmp_path))
    assert first.where["headerless"] is not header


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream", "feather"])
def test_columns(tmp_path: Path, kind: str):
    table = pa.Table.from_pylist([{"q": row["q"], "n": [1, 2], "d": {"x": None}} for row in ROWS])
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.arrow")
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=2)
    elif kind == "feather":
        pa.feather.write_feather(table, path, compression="zstd") if hasattr(pa, "feather") else None
        if not path.exists():
            from pyarrow import feather

            feather.write_feather(table, str(path), compression="zstd")
    else:
        open_file = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with open_file(str(path), table.schema) as sink:
            sink.write_table(table, max_chunksize=2)
    # A null member of a struct may only mean that another row has it.
    assert records(path) == [{"q": row["q"], "n": [1, 2], "d": {}} for row in ROWS]


def test_a_bad_line_is_one_bad_record(tmp_path: Path):
    content = b'{"a": 1}\n{"a": \n\n{"a": "\xff"}\n{"a": "\\ud800"}\n{"a": "\x00"}\n[1]\n{"a": 2}'
    found = records(written(tmp_path, "a.jsonl", content))
    assert [found[0], found[5], found[6]] == [{"a": 1}, [1], {"a": 2}]
    reasons = [record.reason for record in found if isinstance(record, Bad)]
    assert [reason.split(":")[0] for reason in reasons] == [
        "not valid JSON",
        "not valid UTF-8",
        "not valid text",
        "not valid JSON",
    ]
    assert found[1].raw == b'{"a": '
    assert found[1].offset == 15
    assert content[found[2].offset :].startswith(b'{"a": "\xff')


def test_numbers_stay_what_they_are(tmp_path: Path):
    path = written(
        tmp_path, "a.jsonl", b'{"n": 123456789012345678901234567890, "x": NaN}\n{"n": 1e30, "y": -Infinity}\n'
    )
    assert records(path) == [{"n": 123456789012345678901234567890, "x": "NaN"}, {"n": 1e30, "y": "-Infinity"}]


def test_deep_nesting_is_read(tmp_path: Path):
    deep = b'{"a":' * 100 + b"1" + b"}" * 100
    found = records(written(tmp_path, "a.jsonl", deep + b"\n" + b"[" * 100_000 + b"\n"))
    assert isinstance(found[0], dict)
    assert isinstance(found[1], Bad)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_giant_line_is_refused_in_bounded_memory(tmp_path: Path, name: str):
    giant = b'{"q": "' + b"x" * (3 * MAX_RECORD) + b'"}'
    found = records(written(tmp_path, name, b'{"q": "before"}\n' + giant + b'\n{"q": "after"}\n'))
    assert [found[0], found[2]] == [{"q": "before"}, {"q": "after"}]
    assert isinstance(found[1], Bad)
    assert found[1].reason == "the line is over the limit of 67,108,864 bytes"
    assert len(found[1].raw) == 4096


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b"", "the file is empty"),
        ("a.jsonl", b" \n ", "the file is empty"),
        ("a.json", b'[{"a": 1},\n {"a": 2},]', "not valid JSON: trailing comma is not allowed"),
        ("a.json", b'[{"a": 1},\n {"a": "tr', "not valid JSON"),
        ("a.json", b'[{"a": "\xff"}]', "not valid UTF-8"),
        ("a.json", '[{"a": 1}]'.encode("utf-16"), "UTF-16"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a.csv", b'q,a\n"never closed,1\n2,3\n', "not valid CSV in the row that begins at line 2"),
        ("a.parquet", b"PAR1 but not really", "not a readable Parquet file"),
        ("a.arrow", b"\x00\x01garbage" * 10, "not a readable Arrow file"),
        ("a.xlsx", b"x", "no container reads .xlsx"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, reason: str):
    with pytest.raises(SourceError, match=reason) as caught:
        records(written(tmp_path, name, content))
    assert name in caught.value.message


def test_the_offset_of_broken_json_is_in_bytes(tmp_path: Path):
    content = '[{"a": "üüü"},\n {"a": 2},]'.encode()
    with pytest.raises(SourceError) as caught:
        records(written(tmp_path, "a.json", content))
    assert caught.value.offset is not None
    assert content[caught.value.offset - 1 : caught.value.offset + 1] in (b",]", b"},")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_several_compressed_frames_are_one_file(tmp_path: Path, suffix: str):
    one = written(tmp_path, "a.jsonl" + suffix, JSONL + b"\n").read_bytes()
    (tmp_path / ("b.jsonl" + suffix)).write_bytes(one * 3)
    assert records(tmp_path / ("b.jsonl" + suffix)) == ROWS * 3


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_damaged_compression_is_named(tmp_path: Path, suffix: str):
    path = written(tmp_path, "a.jsonl" + suffix, JSONL * 1000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match="damaged"):
        records(path)
    path.write_bytes(b"this was never compressed")
    with pytest.raises(SourceError, match="damaged"):
        records(path)


def test_ragged_and_undecodable_rows_are_bad_records(tmp_path: Path):
    found = records(written(tmp_path, "a.csv", b"q,a\n1,2\n3\n\xff,4\n5,6\n"))
    assert [found[0], found[3]] == [{"q": "1", "a": "2"}, {"q": "5", "a": "6"}]
    assert found[1] == Bad("expected 2 columns, found 1 (line 3)", b"3")
    assert found[2].reason == "not valid UTF-8 (line 4)"


def test_a_large_array_is_streamed_with_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(json_file, "WHOLE_FILE_BYTES", 1000)
    rows = [{"q": f"row {number} ü\n", "n": number} for number in range(5000)]
    path = written(tmp_path, "a.json", json.dumps(rows, indent=1).encode())
    assert records(path, block_bytes=20_000) == rows
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceError, match="not valid JSON: the array is cut short"):
        records(path)


@examples(60)
@given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 64))
def test_blocks_cut_anywhere_give_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], size: int
):
    content = b"\n".join(parts)
    if not content:
        return
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes(content)
    numbered = []
    expected_first = 0
    for block in lines.blocks(path, "a.jsonl", size):
        assert block.first == expected_first
        expected_first += block.count
        numbered += [(number, isinstance(record, Bad)) for number, record in lines.read(block)]
    rows = content.removesuffix(b"\n").split(b"\n")
    assert expected_first == len(rows)
    kept = [
        number
        for number, row in enumerate(rows)
        if row.removeprefix(b"\xef\xbb\xbf" if number == 0 else b"") and not row.isspace()
    ]
    assert [number for number, _ in numbered] == kept
