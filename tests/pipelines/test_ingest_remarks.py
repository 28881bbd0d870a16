"""Every ingest says how much is filled; what is to be looked at is stored with the dataset; a dry run writes nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.catalog import Lake
from lake.formats.coverage import Coverage, line_of
from lake.settings import Settings
from pipelines.ingest import ingest, preview
from pipelines.ingesting import run

ASKED = [f"Why is stone {n} grey?" for n in range(6)]
TOLD = [f"Because of the lime in layer {n}." for n in range(6)]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_coverage_is_counted_and_stored(lake: Lake, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"problem": q, "solution": a, "answer": n} for n, (q, a) in enumerate(zip(ASKED, TOLD, strict=True))
    ]
    rows[0]["solution"], rows[1]["system"] = "", "Be dry."
    report = ingest(lake, lines(tmp_path / "a.jsonl", rows))
    counts = {
        "samples": 6, "response": 5, "reference_answer": 6, "system": 1, "rejected_response": 0, "several_turns": 0,
    }  # fmt: skip
    assert (report.coverage, report.remarks) == (counts, ())
    assert json.loads(lake.rows("select coverage::varchar from datasets")[0][0]) == counts
    assert line_of(counts) == "response: 5; reference answer: all; system prompt: 1; several turns: none (6 samples)"
    assert ingest(lake, tmp_path / "a.jsonl").coverage == counts


def test_no_response_anywhere_names_the_texts_that_were_not_used(lake: Lake, tmp_path: Path) -> None:
    rows = [
        {"prompt": q, "uid": f"u-{n}", "told": {"by": a}, "kind": "geo"}
        for n, (q, a) in enumerate(zip(ASKED, TOLD, strict=True))
    ]
    report = ingest(lake, lines(tmp_path / "a.jsonl", rows))
    remark = (
        "No sample has a response. Not used, though they hold texts: told.by (31 characters); "
        "one is taken with --map response=COLUMN."
    )
    assert report.remarks == (remark,)
    assert lake.rows("select remarks from datasets") == [([remark],)]
    assert ingest(lake, tmp_path / "a.jsonl").remarks == (remark,)
    mapped = ingest(lake, tmp_path / "a.jsonl", mapping={"response": "told.by"})
    assert (mapped.remarks, mapped.coverage["response"]) == ((), 6)


def test_the_same_short_text_in_every_row_is_told(lake: Lake, tmp_path: Path) -> None:
    report = ingest(lake, lines(tmp_path / "a.jsonl", [{"question": q, "answer": "see above"} for q in ASKED]))
    assert report.remarks == ("Every sample has 'see above' as its response.",)
    assert ingest(lake, lines(tmp_path / "b.jsonl", [{"question": ASKED[0], "answer": "so"}])).remarks == ()


def test_workers_count_the_same(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"question": f"{n}?", "answer": f"Answer {n}" if n % 3 else "", "system": "s" * (n % 2)} for n in range(3000)
    ]
    rows[2999] = {"question": "?", "answer": "x", "system": "y", "late": "z"}
    source = lines(tmp_path / "a.jsonl", rows)
    with Lake.open(settings, create=True) as lake:
        one = ingest(lake, source, name="one", workers=1)
        monkeypatch.setattr(run, "ALONE_BYTES", 0)
        many = ingest(lake, source, name="many", workers=2)
    assert many.coverage == one.coverage
    assert (one.coverage["response"], one.coverage["system"]) == (2000, 1500)


def test_parts_of_a_coverage_add_up() -> None:
    def counted(*values: str | None) -> Coverage:
        found = Coverage()
        names = ("response", "reference_answer", "system", "rejected_response")
        found.count({name: values if name == "response" else [None] * len(values) for name in names}, [1] * len(values))
        return found

    whole = counted("a", "a")
    whole.merge(counted("a"))
    assert (whole.samples, whole.only["response"]) == (3, "a")
    whole.merge(Coverage())
    assert whole.only["response"] == "a"
    whole.merge(counted("b"))
    assert whole.only["response"] != "a"


def test_bytes_are_kept_as_base64(lake: Lake, tmp_path: Path) -> None:
    picture = bytes(range(256))
    rows = [{"messages": [{"role": "user", "content": "<image>\nWhat?"}, {"role": "assistant", "content": "A stone."}],
             "images": [{"bytes": picture, "path": "a.png"}]}]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    ingest(lake, tmp_path / "a.parquet")
    ((instruction, held),) = lake.rows("select instruction, meta->>'$.images[0].bytes' from samples")
    assert instruction == "<image>\nWhat?"
    assert base64.b64decode(held) == picture


def test_a_dry_run_says_what_an_ingest_does_and_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"question": q, "answer": a} for q, a in zip(ASKED, TOLD, strict=True)]
    source = lines(tmp_path / "a.jsonl", [*rows, {"question": None, "answer": "x"}])
    report = preview(settings, source)
    assert report.formats == ["question_answer (instruction=question, response=answer)"]
    assert (report.rows, report.complete, report.samples, report.rejected) == (7, True, 6, 1)
    assert report.reasons == {"no instruction: column 'question' is null": 1}
    assert [example["instruction"] for example in report.examples] == ASKED[:3]
    first = preview(settings, source, rows=2)
    assert (first.rows, first.complete, first.samples, first.coverage["response"]) == (2, False, 2, 2)
    assert not settings.home.exists()
