"""The rows of a source give the same samples in every order, in every container and cut into any files."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.catalog import Lake
from pipelines.ingest import ingest
from pipelines.ingesting import run

Rows = list[dict[str, Any]]

HELD = (
    "system, instruction, response, messages::varchar, reference_answer, rejected_response, meta::varchar, n_turns, "
    "content_id, instruction_id"
)


def _ask(number: int) -> dict[str, str]:
    return {"role": "user", "content": f"How far is harbour {number}?"}


def _call(number: int) -> Rows:
    name, key = (("tide", "harbour"), ("oven", "flour"), ("rust", "metal"))[number % 3]
    function = {
        "name": name,
        "arguments": {key: f"of {number}", "exact": True} if number % 2 else {key: f"of {number}"},
    }
    return [
        _ask(number),
        {"role": "assistant", "content": None, "tool_calls": [{"id": f"c{number}", "type": "function", "function": function}]},
        {"role": "tool", "content": f"found {number}", "tool_call_id": f"c{number}"},
        {"role": "assistant", "content": f"It is {number}."},
    ]  # fmt: skip


def _tool(number: int) -> dict[str, Any]:
    name, key = (("tide", "harbour"), ("oven", "flour"), ("rust", "metal"))[number % 3]
    schema = {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


SOURCES: dict[str, Rows] = {
    "late_input": [{"instruction": f"Say {n}.", "output": f"It is {n}."} for n in range(300)]
    + [{"instruction": "Shorten.", "input": f"Text {n} is long.", "output": f"Text {n}"} for n in range(7)],
    "late_system": [{"messages": [_ask(n), {"role": "assistant", "content": f"{n} miles"}]} for n in range(250)]
    + [{"messages": [_ask(n), {"role": "assistant", "content": f"{n} knots"}], "system": "Be salty."} for n in range(4)],
    "two_shapes": [{"instruction": f"Say {n}.", "output": f"It is {n}."} for n in range(230)]
    + [{"messages": [_ask(n), {"role": "assistant", "content": f"{n} knots"}]} for n in range(9)],
    "late_reference": [{"problem": f"{n} + 1", "solution": f"One more than {n}."} for n in range(230)]
    + [{"problem": f"{n} + 2", "solution": "Two more.", "final_answer": n + 2} for n in range(6)],
    "tools": [{"messages": _call(n), "tools": [_tool(n)], "id": n} for n in range(40)],
    "struct_of_lists": [
        {"chat": {"from": ["human", "gpt"] * 2, "value": [f"{n}?", f"{n}.", "More?", f"More {n}."]}} for n in range(30)
    ],
}  # fmt: skip


def _lines(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _held(lake: Lake, source: Path, name: str) -> list[tuple[Any, ...]]:
    report = ingest(lake, source, name=name)
    assert report.rejected == 0, report.reasons
    rows = lake.rows(f"select {HELD} from samples where dataset = ? order by content_id, instruction", [name])
    return [tuple(_parsed(value) for value in row) for row in rows]


def _parsed(value: Any) -> Any:
    """JSON as what it holds: members of objects have no order."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_order_container_and_cut_make_no_difference(name: str, lake: Lake, tmp_path: Path) -> None:
    rows = SOURCES[name]
    expected = _held(lake, _lines(tmp_path / "straight.jsonl", rows), "straight")
    assert len(expected) == len(rows)
    shuffled = list(rows)
    random.Random(7).shuffle(shuffled)
    assert _held(lake, _lines(tmp_path / "shuffled.jsonl", shuffled), "shuffled") == expected
    assert _held(lake, _lines(tmp_path / "backwards.jsonl", rows[::-1]), "backwards") == expected
    (tmp_path / "array.json").write_text(json.dumps(shuffled))
    assert _held(lake, tmp_path / "array.json", "array") == expected
    table = pa.Table.from_pylist(rows, schema=_schema(rows))
    pq.write_table(table, tmp_path / "table.parquet", row_group_size=50)
    assert _held(lake, tmp_path / "table.parquet", "table") == expected
    with pa.ipc.new_stream(str(tmp_path / "stream.arrow"), table.schema) as sink:
        sink.write_table(table, max_chunksize=64)
    assert _held(lake, tmp_path / "stream.arrow", "stream") == expected


@pytest.mark.slow
def test_read_by_workers_what_comes_after_a_guess_counts(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("late_input", "late_reference", "tools")
    expected = {name: _held(lake, _lines(tmp_path / f"{name}.jsonl", SOURCES[name]), name) for name in names}
    monkeypatch.setattr(run, "ALONE_BYTES", 0)
    for name in names:
        assert _held(lake, _lines(tmp_path / f"{name}_pool.jsonl", SOURCES[name]), f"{name}_pool") == expected[name]
    listed = lake.rows("select count(*) from ducklake_list_files('lake', 'samples')")[0][0]
    assert len(list(Path(lake.settings.files).rglob("samples/**/*.parquet"))) == listed


def _schema(rows: Rows) -> pa.Schema:
    """A schema with the columns of all rows: by itself Arrow takes those of the first."""
    return pa.unify_schemas([pa.Table.from_pylist([row]).schema for row in rows], promote_options="permissive")


def test_what_comes_late_is_where_it_belongs(lake: Lake, tmp_path: Path) -> None:
    ingest(lake, _lines(tmp_path / "a.jsonl", SOURCES["late_input"]))
    assert lake.rows("select instruction, meta from samples order by row_no desc limit 1") == [
        ("Shorten.\nText 6 is long.", None)
    ]
    ingest(lake, _lines(tmp_path / "b.jsonl", SOURCES["late_system"]))
    assert lake.rows("select count(system), min(system) from samples where dataset = 'b'") == [(4, "Be salty.")]


def test_no_parameter_of_another_tool_appears(lake: Lake, tmp_path: Path) -> None:
    rows = SOURCES["tools"]
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(rows)), tmp_path / "a.parquet")
    ingest(lake, tmp_path / "a.parquet")
    found = lake.rows("select instruction, messages::varchar, meta::varchar from samples where row_no = 1")[0]
    assert '{"name": "oven", "arguments": {"exact": true, "flour": "of 1"}}' in found[0]
    assert not [text for text in found if "null" in text or 'harbour"' in text or "metal" in text]
