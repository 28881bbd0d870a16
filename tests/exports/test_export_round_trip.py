"""Any text survives every format: what its reader loads is what the lake holds."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from direct import SCHEMA, info, rows
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sampling import examples

from lake.exports.base import same
from lake.exports.catalogue import formats
from lake.formats.base import Sample

NASTY = [
    "\x00",
    "\u2028\u2029\x85",
    'a "quoted"\\ text',
    "line\r\nline\rline\n",
    "\ufeff",
    "𝄞é\u0301",
    "{}",
    "[1]",
    "1e5",
    "null",
    "",
]
TEXT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))

SAMPLES = st.builds(
    Sample,
    instruction=TEXT,
    response=TEXT,
    system=st.none() | TEXT,
    rejected_response=st.none() | TEXT,
    reference_answer=st.none() | TEXT,
    meta=st.none() | st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.none(), min_size=1, max_size=3),
    messages=st.none()
    | st.lists(TEXT, min_size=1, max_size=2).map(
        lambda texts: [
            message
            for text in texts
            for message in ({"role": "user", "content": text or "x"}, {"role": "assistant", "content": text})
        ]
    ),
)


@pytest.mark.parametrize("name", list(formats()))
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(samples=[Sample(text, text, system=text, rejected_response=text) for text in NASTY])
@example(samples=[Sample(text, text, meta={text: text}, messages=[{"role": "user", "content": text or "x"}, {"role": "assistant", "content": text}]) for text in NASTY])  # fmt: skip
@given(samples=st.lists(SAMPLES, min_size=1, max_size=6))
def test_what_was_written_reads_back(name: str, samples: list[Sample]) -> None:
    table = pa.Table.from_pylist(rows(samples), SCHEMA)
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "out").mkdir()
        target = formats()[name]
        written = target.write(table.to_reader(max_chunksize=2), folder / "out", info(table))
        assert written.skipped.total() + written.total in (len(samples), 2 * len(samples))
        wanted = {file: set(at) for file, at in written.witnesses.items()}
        found = target.read_back(folder / "out", wanted, folder / "scratch")
        for file, count in written.rows.items():
            assert found[file].rows == count
            for number, row in written.witnesses[file].items():
                assert same(row, found[file].at[number]), file
        if name in ("jsonl", "parquet", "huggingface"):
            assert_texts_are_the_samples(name, folder / "out", samples)
    finally:
        shutil.rmtree(folder)


def assert_texts_are_the_samples(name: str, folder: Path, samples: list[Sample]) -> None:
    """Independent of what the format remembers: the texts in the files are those that went in."""
    if name == "jsonl":
        loaded = [json.loads(line) for line in (folder / "data.jsonl").read_bytes().split(b"\n") if line]
        assert [row["meta"] for row in loaded] == [sample.meta for sample in samples]
        assert [row["messages"] for row in loaded] == [sample.messages for sample in samples]
    else:
        files = sorted(folder.rglob("*.parquet"))
        loaded = list(itertools.chain.from_iterable(pq.read_table(file).to_pylist() for file in files))
    for row, sample in zip(loaded, samples, strict=True):
        held = (row["system"], row["instruction"], row["response"], row["rejected_response"])
        assert held == (sample.system, sample.instruction, sample.response, sample.rejected_response)
