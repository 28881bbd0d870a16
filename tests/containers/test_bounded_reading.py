"""Hostile and huge sources: what they grow to and what is held of them is bounded, and the message says by what."""

from __future__ import annotations

import gzip
import os
import resource
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from lake.containers import packed, reader
from lake.containers.base import MAX_RECORD, Bad, Block
from lake.errors import SourceError, StorageError


def blocks(path: Path, **options: Any) -> list[Block]:
    found = list(reader.blocks(path, path.name, block_bytes=1 << 20, scratch=path.parent / "scratch", **options))
    assert not list((path.parent / "scratch").glob("*"))
    return found


def packed_file(path: Path, content: bytes, times: int) -> Path:
    with path.open("wb") as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6) as out:
                for _ in range(times):
                    out.write(content)
        else:
            with zstandard.ZstdCompressor().stream_writer(raw) as out:
                for _ in range(times):
                    out.write(content)
    return path


@pytest.mark.parametrize(
    "name", ["a.json.gz", "a.json.zst", "a.jsonl.gz", "a.csv.gz", "object.json.gz", "a.parquet.gz", "a.arrow.zst"]
)
def test_what_grows_beyond_measure_is_refused_early(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "HARMLESS_BYTES", 1 << 20)
    monkeypatch.setattr("lake.containers.json_file.WHOLE_FILE_BYTES", 1000)
    opening = b'[{"q": "' if name.startswith("a.json.") else b'{"x": "' if name.startswith("object") else b""
    path = packed_file(tmp_path / name, b"q" * (1 << 20), 64)
    content = path.read_bytes()
    if opening:
        path = packed_file(tmp_path / name, opening + b"q" * 1000, 1)
        path.write_bytes(path.read_bytes() + content)
    size = path.stat().st_size
    with pytest.raises(SourceError) as caught:
        blocks(path)
    grown = caught.value.reason
    assert grown.startswith(f"its {size:,} bytes grow to more than ")
    assert grown.endswith("; at most 200 times is allowed")
    assert "ODA_UNPACK_RATIO=" in caught.value.hint


def test_what_grows_much_can_be_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "HARMLESS_BYTES", 2 << 20)
    path = packed_file(tmp_path / "a.jsonl.gz", b'{"q": "%s"}\n' % (b"x" * 5000), 4000)
    assert path.stat().st_size * 200 < 4000 * 5010
    with pytest.raises(SourceError, match="at most 200 times is allowed"):
        blocks(path)
    assert sum(block.count for block in blocks(path, ratio=2000)) == 4000


def test_unpacking_leaves_the_disk_some_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"q": ["x"]}), tmp_path / "a.parquet")
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    assert [block.count for block in blocks(tmp_path / "a.parquet.gz")] == [1]
    monkeypatch.setattr(packed, "FREE_BYTES", 1 << 62)
    with pytest.raises(StorageError, match=r"Unpacking a.parquet.gz .* leaves only [\d,]+ MB free on the disk of"):
        blocks(tmp_path / "a.parquet.gz")


def test_a_wide_zstd_window_is_named(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, write_content_size=False)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(stream.compress(b'{"q": "x"}\n' * 200_000) + stream.flush())
    with pytest.raises(SourceError, match="packed with a window that takes more than 128 MiB of memory to unpack"):
        blocks(path)


def test_one_value_for_a_million_rows_is_read_in_small_batches(tmp_path: Path) -> None:
    rows, text = 2000, "x" * 1_000_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
    nested = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), column)
    for name, values in (("flat", column), ("nested", nested)):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"q": values}), path)
        assert path.stat().st_size < 100_000
        [block] = blocks(path)
        tracemalloc.start()
        arrow = pa.total_allocated_bytes()
        pool = pa.default_memory_pool()
        counted = 0
        for _, record in reader.read(block):
            counted += record == {"q": text if name == "flat" else [text]}
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert counted == rows
        assert peak < 50_000_000
        assert pool.bytes_allocated() - arrow < 50_000_000


def test_a_parquet_group_that_declares_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "HARMLESS_BYTES", 1 << 20)
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"q": [f"{n}" + "x" * 100_000 for n in range(100)]}), path, use_dictionary=False, compression="zstd"
    )
    with pytest.raises(SourceError, match="grow to more than 10 MB"):
        blocks(path)


def test_a_row_over_the_limit_is_refused_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": [1, 2, 3], "q": ["a", "b" * (MAX_RECORD + 1), "c"]}), path)
    [block] = blocks(path, ratio=10**9)
    first, refused, last = [record for _, record in reader.read(block)]
    assert (first, last) == ({"n": 1, "q": "a"}, {"n": 3, "q": "c"})
    assert refused == Bad("the row is over the limit of 67,108,864 bytes", b"b" * 4096)


def test_slices_of_a_large_arrow_batch_carry_only_themselves(tmp_path: Path) -> None:
    import pickle

    table = pa.table({"q": ["x" * 1000] * 20_000})
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as sink:
        sink.write_table(table)
    found = blocks(tmp_path / "a.arrow")
    assert len(found) == 20
    assert max(len(pickle.dumps(block)) for block in found) < 1_200_000
    assert [record for block in found for _, record in reader.read(block)] == table.to_pylist()


@pytest.mark.parametrize("filler", [b"x", b"y,", b"z\n"])
def test_a_row_of_text_without_end_is_refused_in_bounded_memory(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "a.csv"
    opening = b'"' if b"\n" in filler else b""
    with path.open("wb") as out:
        out.write(b"q,a\n1,2\n" + opening)
        for _ in range(6):
            out.write(filler * (MAX_RECORD // 4 // len(filler)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reason = "field larger than field limit|the row that begins at line 3 is over the limit of 67,108,864 characters"
    with pytest.raises(SourceError, match=reason):
        blocks(path)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 10 * MAX_RECORD


def test_a_line_that_is_being_appended_to_is_read_up_to_where_it_began(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"q": 1}\n' * 500_000)
    found = reader.blocks(path, "a.jsonl", block_bytes=1 << 20, scratch=tmp_path)
    first = next(found)
    with path.open("ab") as handle:
        handle.write(b'{"q": 2}\n' * 1000)
    assert first.count + sum(block.count for block in found) == 500_000
    found = reader.blocks(path, "a.jsonl", block_bytes=1 << 20, scratch=tmp_path)
    next(found)
    os.truncate(path, 1000)
    with pytest.raises(SourceError, match="the file became shorter while it was read"):
        list(found)
