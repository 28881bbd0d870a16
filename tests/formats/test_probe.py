"""The sample that a format is decided on: the same for the same records in any order, and no column is missed."""

from __future__ import annotations

import random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from lake.formats import probe
from lake.formats.base import Record
from lake.formats.probe import Probe

PLAIN: list[Record] = [{"question": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(2000)]
LATE: list[Record] = [
    {"question": f"Shorten text {n}.", "context": f"Text {n} is long.", "answer": "x"} for n in range(5)
]


def drawn(*parts: list[Record]) -> list[Record]:
    whole = Probe()
    for part in parts:
        found = Probe()
        for record in part:
            found.add(record)
        whole.merge(found)
    return whole.records()


@examples(20)
@given(st.integers(0, 2**32), st.integers(0, 2005))
def test_order_and_cut_make_no_difference(seed: int, cut: int) -> None:
    records = [*PLAIN, *LATE]
    random.Random(seed).shuffle(records)
    assert drawn(records[:cut], records[cut:]) == drawn([*PLAIN, *LATE])


def test_a_column_that_comes_late_is_seen() -> None:
    found = drawn([*PLAIN, *LATE])
    assert [record for record in found if "context" in record] != []
    assert probe.RECORDS <= len(found) <= probe.RECORDS + 3 * probe.RECORDS_OF_A_COLUMN


def test_a_column_counts_where_it_holds_something() -> None:
    empty: list[Record] = [{**record, "context": "", "notes": None, "rank": 0} for record in PLAIN]
    whole = Probe()
    for record in [*empty, *LATE]:
        whole.add(record)
    assert whole.columns == {"question", "answer", "context", "rank"}
    assert any(record["context"] for record in whole.records())


def test_nulls_order_of_keys_and_copies_make_no_difference() -> None:
    padded: list[Record] = [
        {"answer": record["answer"], "notes": None, "question": record["question"]} for record in PLAIN
    ]
    assert [{k: v for k, v in record.items() if v is not None} for record in drawn(padded)] == drawn(PLAIN, PLAIN)


def test_large_records_are_drawn_fewer() -> None:
    large: list[Record] = [{"text": f"{n} " + "x" * (4 << 20)} for n in range(8)]
    assert len(drawn(large)) == 5


VALUES = {
    pa.string(): st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=4),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.bool_(): st.booleans(),
}


@examples(50)
@given(st.data())
def test_columns_give_the_sample_that_their_records_give(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4))
    schema = pa.schema([(f"c{number}", kind) for number, kind in enumerate(kinds)])
    row = st.fixed_dictionaries({field.name: st.none() | VALUES[field.type] for field in schema})
    rows = data.draw(st.lists(row, min_size=1, max_size=40)) * data.draw(st.integers(1, 3))
    table = pa.Table.from_pylist(rows, schema)
    by_columns, by_records = Probe(), Probe()
    first = 0
    for batch in table.to_batches(max_chunksize=data.draw(st.integers(1, 30))):
        by_columns.add_columns(batch, lambda place, first=first: rows[first + place])
        first += len(batch)
    for record in rows:
        by_records.add(record)
    assert by_columns.columns == by_records.columns
    assert by_columns.records() == by_records.records()


def test_a_number_is_not_its_text() -> None:
    assert len(drawn([{"a": 1}, {"a": "1"}, {"b": 1}, {"a": True}, {"a": "true"}])) == 5


def test_many_columns_of_rows_are_drawn_like_their_records() -> None:
    rows: list[Record] = [{"text": f"{n} " + "x" * (n % 700) * 200, "rank": n % 5} for n in range(3000)]
    whole = Probe()
    for start in (0, 1000, 2000):
        part = Probe()
        part.add_columns(
            pa.RecordBatch.from_pylist(rows[start : start + 1000]), lambda row, start=start: rows[start + row]
        )
        whole.merge(part)
    assert whole.records() == drawn(rows)
