"""Released data ingested and exported again is the released data."""

from __future__ import annotations

import json
from pathlib import Path

from lake.catalog import Lake
from pipelines.export import export
from pipelines.ingest import ingest


def test_preference_pairs_come_out_as_they_were_released(lake: Lake, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "datasets" / "dpo_en_demo"
    released = json.loads((folder / "dpo_en_demo.json").read_bytes())
    ingest(lake, folder, name="dpo")
    export(lake, "dpo", to="sharegpt", out=tmp_path / "out")
    assert [json.loads(line) for line in (tmp_path / "out" / "pairs.jsonl").open("rb")] == released


def test_tool_calls_come_out_as_they_were_released(lake: Lake, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "datasets" / "glaive_toolcall_en_demo"
    released = json.loads((folder / "glaive_toolcall_en_demo.json").read_bytes())
    ingest(lake, folder, name="glaive")
    report = export(lake, "glaive", to="llamafactory", out=tmp_path / "out")
    assert (report.rows, report.skipped) == (300, {})
    written = [json.loads(line) for line in (tmp_path / "out" / "data.jsonl").open("rb")]

    def values(rows: list[dict]) -> list[list[tuple[str, object]]]:
        """Turns with calls as values: the JSON of a call may be spaced differently."""
        return [
            [(turn["from"], json.loads(turn["value"]) if turn["from"] == "function_call" else turn["value"])
             for turn in row["conversations"]]
            for row in rows
        ]  # fmt: skip

    assert values(written) == values(released)
    assert [json.loads(row["tools"] or "[]") for row in written] == [json.loads(row["tools"]) for row in released]
