"""Lines converted as columns give the rows, ids and rejects of lines converted record by record."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sampling import examples

from lake.containers import line_columns, lines, reader
from lake.formats import single_columns
from lake.formats.detect import detect
from pipelines.ingesting.convert import Conversion, Converted, Job, Task

FIRST = {"id": "r0", "n": 1, "flag": True, "instruction": "Add 1 and 2.", "input": "", "output": "3"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
records = st.fixed_dictionaries(
    {
        "instruction": st.none() | texts | st.sampled_from(["", " \n\t", "\u2003\x1c", "say ÅΣ"]),
        "output": st.none() | texts,
    },
    optional={"input": st.none() | texts, "id": texts, "n": st.none() | st.integers(-5, 5), "flag": st.booleans()},
)
written = records.map(lambda record: json.dumps(record, ensure_ascii=False).encode())
odd = st.sampled_from(
    [
        b"", b"  ", b"{", b"[1]", b"3", b"null", b'{"instruction": 5, "output": "x"}', b'{"instruction": "a", "more": 1.5}',
        b'{"instruction": "a", "n": 99999999999999999999999}', b'{"instruction": "\\ud800", "output": "x"}',
        b'{"instruction": "a\x00", "output": "x"}', b'{"instruction": "\xff", "output": "x"}', b'{"instruction": "a"} ',
        b'{"instruction": "a"}{"instruction": "b"}', b'{"instruction": "a", "instruction": "b"}', b'{"instruction": ["a"]}',
        b'{"instruction": "a", "output": {}', b'"b": {}}', b'{"instruction": "\\u0000\\ud83d\\ude00 \\/"}', b"{}",
    ]
)  # fmt: skip


def convert(folder: Path, content: bytes, *, columnar: bool) -> tuple[list[dict], list[dict], Converted]:
    """Samples and rejects of the lines."""
    source = folder / "source.jsonl"
    source.write_bytes(content)
    block, *rest = lines.blocks(source, "source.jsonl", 1 << 30)
    assert not rest
    first = [next(record for _, record in reader.read(block) if isinstance(record, dict))]
    binding = detect(first, mapping={})
    schema = single_columns.schema(binding, first) if columnar else None
    assert (schema is not None) == columnar
    job = Job("set", 3, {"samples": folder, "rejects": folder}, folder, compiled=columnar)
    conversion = Conversion(job)
    outcome = conversion.run(Task(block, binding, 100, "train", schema))
    outcome.merge(conversion.close())
    tables = []
    for name in ("samples", "rejects"):
        rows = [row for path in outcome.files[name] for row in pq.read_table(path).to_pylist()]
        for row in rows:
            if row.get("meta"):
                row["meta"] = json.loads(row["meta"])
        tables.append(sorted(rows, key=lambda row: row["row_no"]))
    return tables[0], tables[1], outcome


def both(content: bytes) -> tuple[list[dict], list[dict]]:
    """The samples and rejects, the same in both ways."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        samples, rejects, outcome = convert(Path(one), content, columnar=True)
        expected = convert(Path(other), content, columnar=False)
        assert samples == expected[0]
        assert rejects == expected[1]
        assert (outcome.samples, outcome.rejected) == (len(samples), len(rejects))
        return samples, rejects


@examples(150)
@given(st.lists(written, max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_plain_lines(rows: list[bytes], end: bytes, closed: bool) -> None:
    both(end.join([json.dumps(FIRST).encode(), *rows]) + (end if closed else b""))


@examples(150)
@given(st.lists(written | odd, max_size=8))
@example([b'{"instruction": "a", "output": {}', b'"b": {}}'])
@example([b"", b'{"instruction": "a"}{"instruction": "b"}'])
def test_lines_with_odd_ones_among_them(rows: list[bytes]) -> None:
    both(b"\n".join([json.dumps(FIRST).encode(), *rows]))


def test_a_row_by_its_values() -> None:
    samples, rejects = both(
        json.dumps(FIRST).encode() + b'\n{"instruction": "Name it.", "input": "\xe7\x8c\xab"}\n{"instruction": " "}'
    )
    assert [(row["row_no"], row["instruction"], row["response"], row["meta"], row["split"]) for row in samples] == [
        (100, "Add 1 and 2.", "3", {"id": "r0", "n": 1, "flag": True}, "train"),
        (101, "Name it.\n猫", None, None, "train"),
    ]
    assert [(row["row_no"], row["reason"]) for row in rejects] == [
        (102, "no instruction: column 'instruction' is empty")
    ]


@pytest.mark.parametrize(
    "line", [b"", b'{"instruction": 1}', b'{"instruction": "a", "new": "b"}', b'{"instruction": "\xff"}']
)
def test_what_does_not_fit_is_left_to_the_records(tmp_path: Path, line: bytes) -> None:
    source = tmp_path / "source.jsonl"
    source.write_bytes(b'{"instruction": "a", "output": "b"}\n' + line + b"\n")
    (block,) = lines.blocks(source, "source.jsonl", 1 << 30)
    first = [next(record for _, record in reader.read(block) if isinstance(record, dict))]
    schema = single_columns.schema(detect(first, mapping={}), first)
    assert schema is not None
    assert line_columns.read(block, schema) is None
