"""Ingest turns every source row into a sample or a reject, in one commit, and knows what has not changed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.catalog import Lake
from lake.errors import OdaError, SourceError, UnknownNameError, UsageError
from lake.settings import Settings
from lake.sources.description import Description
from pipelines.ingest import drop_dataset, ingest, ingest_many
from pipelines.ingesting import budget, run

ROWS = [
    {"question": "What is 2 + 3?", "answer": "5"},
    {"question": "Ünïcode — ﬁne?", "answer": "yes\n\tindeed"},
    {"question": "Name a colour.", "answer": "red"},
]


def jsonl(path: Path, rows: list[object]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def identities(lake: Lake, dataset: str) -> list[tuple[object, ...]]:
    return lake.rows(
        "select row_no, content_id, instruction_id, instruction, response from samples where dataset = ? order by 1",
        [dataset],
    )


def test_the_same_rows_have_the_same_ids_in_every_container(lake: Lake, tmp_path: Path):
    table = pa.Table.from_pylist(ROWS)
    jsonl(tmp_path / "lines.jsonl", ROWS)
    (tmp_path / "array.json").write_text(json.dumps(ROWS, indent=2))
    pq.write_table(table, tmp_path / "parquet.parquet")
    with pa.ipc.new_stream(str(tmp_path / "stream.arrow"), table.schema) as sink:
        sink.write_table(table)
    (tmp_path / "table.csv").write_text(
        'question,answer\nWhat is 2 + 3?,5\nÜnïcode — ﬁne?,"yes\n\tindeed"\nName a colour.,red\n'
    )
    jsonl(tmp_path / "chat.jsonl", [
        {"messages": [{"role": "user", "content": r["question"]}, {"role": "assistant", "content": r["answer"]}]} for r in ROWS
    ])  # fmt: skip
    names = ["lines.jsonl", "array.json", "parquet.parquet", "stream.arrow", "table.csv", "chat.jsonl"]
    for name in names:
        ingest(lake, tmp_path / name)
    expected = identities(lake, "lines")
    assert [row[3:] for row in expected] == [(row["question"], row["answer"]) for row in ROWS]
    for name in names[1:]:
        assert identities(lake, name.split(".")[0]) == expected
    assert lake.rows("select distinct copies, datasets from exact_duplicates") == [(6, 6)]


def test_rows_become_samples_or_rejects_with_place_reason_and_bytes(lake: Lake, tmp_path: Path):
    source = jsonl(
        tmp_path / "mixed.jsonl", [ROWS[0], '{"question": ', "7", {"question": None, "answer": "x"}, ROWS[1]]
    )
    report = ingest(lake, source)
    assert (report.status, report.samples, report.rejected, report.kind) == ("ingested", 2, 3, "train")
    assert report.format == "question_answer (instruction=question, response=answer)"
    assert lake.rows("select sample_id - min(sample_id) over (), row_no from samples order by 1") == [(0, 0), (4, 4)]
    rejects = lake.rows("select file, location, row_no, reason, raw from rejects order by row_no")
    assert rejects == [
        ("mixed.jsonl", "line 2, byte 59", 1, "not valid JSON: unexpected end of data at column 14", b'{"question": '),
        ("mixed.jsonl", "line 3", 2, "a record must be an object, not a number", b"7"),
        ("mixed.jsonl", "line 4", 3, "no instruction: column 'question' is null", b'{"question":null,"answer":"x"}'),
    ]
    assert lake.rows("select rows, rejected, source_bytes from datasets") == [(2, 3, source.stat().st_size)]


def test_unknown_columns_are_kept(lake: Lake, tmp_path: Path):
    row = {**ROWS[0], "id": 7, "tags": ["a", {"b": None}], "big": 12345678901234567890123, "score": 0.5}
    ingest(lake, jsonl(tmp_path / "a.jsonl", [row]))
    meta = lake.rows("select meta::varchar from samples")[0][0]
    assert json.loads(meta) == {"id": 7, "tags": ["a", {"b": None}], "big": 12345678901234567890123, "score": 0.5}


def test_a_folder_is_one_dataset_numbered_through_its_files(lake: Lake, tmp_path: Path):
    folder = tmp_path / "set"
    folder.mkdir()
    jsonl(folder / "b.jsonl", ROWS[1:])
    jsonl(folder / "a.jsonl", [*ROWS[:1], "{broken"])
    (folder / "README.txt").write_text("not data")
    assert ingest(lake, folder).samples == 3
    assert [(row[0], row[3]) for row in identities(lake, "set")] == [
        (0, "What is 2 + 3?"),
        (2, "Ünïcode — ﬁne?"),
        (3, "Name a colour."),
    ]
    assert lake.rows("select file, row_no from rejects") == [("a.jsonl", 1)]


def test_several_samples_of_a_record_follow_after_all_rows(lake: Lake, tmp_path: Path):
    rows = [
        {"instruction": "Sum", "instances": [{"input": "1 2", "output": "3"}, {"input": "2 2", "output": "4"}]},
        {"instruction": "Max", "instances": [{"input": "1 2", "output": "2"}]},
    ]
    assert ingest(lake, jsonl(tmp_path / "a.jsonl", rows)).samples == 3
    assert [(row[0], row[3], row[4]) for row in identities(lake, "a")] == [
        (0, "Sum\n1 2", "3"),
        (1, "Max\n1 2", "2"),
        (2, "Sum\n2 2", "4"),
    ]


def test_an_unchanged_source_is_a_no_op_and_a_changed_one_replaces_it(lake: Lake, tmp_path: Path):
    source = jsonl(tmp_path / "a.jsonl", ROWS)
    first = ingest(lake, source)
    again = ingest(lake, source)
    assert (again.status, again.samples, again.snapshot) == ("unchanged", 3, first.snapshot)
    lake.transact(
        lambda c: c.execute(
            "insert into scores select sample_id, dataset, 'mtld', '1', row_no + 0.5, 'ok', null from samples"
        ) and None,
        message="score",
    )  # fmt: skip
    jsonl(source, [ROWS[2], {"question": "new", "answer": "row"}, ROWS[0], ROWS[0]])
    report = ingest(lake, source)
    assert (report.status, report.samples, report.carried_scores) == ("replaced", 4, 3)
    carried = lake.rows(
        "select s.instruction, c.value from scores c join samples s using (sample_id) order by s.row_no"
    )
    assert carried == [("Name a colour.", 2.5), ("What is 2 + 3?", 0.5), ("What is 2 + 3?", 0.5)]
    assert lake.rows("select row_no, mtld from scored order by 1") == [(0, 2.5), (1, None), (2, 0.5), (3, 0.5)]
    assert lake.rows("select count(*), max(dataset_no) from datasets") == [(1, 1)]
    assert lake.rows(f"select count(*) from samples at (version => {first.snapshot})") == [(3,)]


def test_a_name_belongs_to_one_source(lake: Lake, tmp_path: Path):
    one, other = jsonl(tmp_path / "one.jsonl", ROWS[:1]), jsonl(tmp_path / "other.jsonl", ROWS[1:])
    ingest(lake, one, name="mine")
    with pytest.raises(UsageError, match="already a dataset 'mine'") as caught:
        ingest(lake, other, name="mine")
    assert "--replace" in caught.value.hint
    assert ingest(lake, other, name="mine", replace=True).status == "replaced"
    assert lake.rows("select count(*) from samples") == [(2,)]


@pytest.mark.parametrize("name", ["../x", "a'b", 'a"; drop table samples; --', "", "a/b", "nul\x00", "x" * 200, "."])
def test_hostile_names_are_refused(lake: Lake, tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="cannot be the name of a dataset"):
        ingest(lake, jsonl(tmp_path / "a.jsonl", ROWS), name=name)
    assert lake.rows("select count(*) from datasets") == [(0,)]


def test_hostile_file_names_and_texts_are_just_data(lake: Lake, tmp_path: Path):
    folder = tmp_path / "it's; drop table samples --"
    folder.mkdir()
    nasty = "'; drop table samples; -- \x00 \u202e"
    jsonl(folder / "we'ird\" $name.jsonl", [{"question": nasty, "answer": nasty}])
    report = ingest(lake, folder)
    assert report.samples == 1
    assert lake.rows("select instruction = response, length(instruction) from samples") == [(True, len(nasty))]


def test_mapping_and_description(lake: Lake, tmp_path: Path):
    source = jsonl(tmp_path / "a.jsonl", [{"nibu": "eins", "tavo": "1", "weg": "x"}])
    with pytest.raises(SourceError, match="nibu") as caught:
        ingest(lake, source)
    assert "--map" in caught.value.hint
    with pytest.raises(OdaError, match="nbiu"):
        ingest(lake, source, mapping={"instruction": "nbiu"})
    with pytest.raises(UnknownNameError, match="anwser"):
        ingest(lake, source, mapping={"anwser": "nibu"})
    described = Description(domains=["math"], license="MIT", released=dt.date(2024, 5, 1), parents=["p"], card="# A")
    ingest(lake, source, mapping={"instruction": "nibu", "response": "tavo"}, description=described, kind="benchmark")
    assert lake.rows("select instruction, response, meta::varchar from samples") == [("eins", "1", '{"weg":"x"}')]
    facts = lake.rows("select kind, domains, license, released, parents, card, mapping::varchar from datasets")[0]
    assert facts[:6] == ("benchmark", ["math"], "MIT", dt.date(2024, 5, 1), ["p"], "# A")
    assert json.loads(facts[6]) == {"instruction": "nibu", "response": "tavo"}
    with pytest.raises(UnknownNameError, match="kind of dataset 'trian'"):
        ingest(lake, source, kind="trian")


def test_workers_write_the_same_rows_as_one_process(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "ALONE_BYTES", 0)
    monkeypatch.setattr(budget, "_LARGEST_INLINE", 40_000)
    rows: list[object] = [{"question": f"What is {n} + {n}?", "answer": str(2 * n), "n": n} for n in range(20_000)]
    rows[137] = "{broken"
    rows[19_999] = "[1, 2]"
    source = jsonl(tmp_path / "a.jsonl", rows)
    with Lake.open(settings, create=True) as lake:
        many = ingest(lake, source, name="many", workers=2)
        one = ingest(lake, source, name="one", workers=1)
        assert (many.samples, many.rejected) == (one.samples, one.rejected) == (19_998, 2)
        columns = "row_no, content_id, instruction_id, instruction, response, meta::varchar"
        for relation, what in (("samples", columns), ("rejects", "row_no, location, reason, raw")):
            left = lake.rows(f"select {what} from {relation} where dataset = 'many' order by 1")
            assert left == lake.rows(f"select {what} from {relation} where dataset = 'one' order by 1")
        spread = lake.rows("select count(distinct filename) from read_parquet(?, filename = true)", [
            str(settings.home / "files/main/samples/dataset=many/*.parquet")
        ])  # fmt: skip
        assert spread[0][0] > 4


def test_a_batch_goes_on_after_a_failed_source(lake: Lake, tmp_path: Path):
    good, bad = jsonl(tmp_path / "good.jsonl", ROWS), tmp_path / "bad.json"
    bad.write_text("[{]")
    batch = ingest_many(lake, [bad, tmp_path / "none.jsonl", good])
    assert [report.dataset for report in batch.reports] == ["good"]
    assert [source for source, _ in batch.failures] == [str(bad), str(tmp_path / "none.jsonl")]
    assert batch.as_dict()["failed"][0]["offset"] == 2


def test_dropping_a_dataset(lake: Lake, tmp_path: Path):
    ingest(lake, jsonl(tmp_path / "a.jsonl", [*ROWS, "{"]))
    before = lake.snapshot
    with pytest.raises(UnknownNameError, match="dataset 'b'"):
        drop_dataset(lake, "b")
    drop_dataset(lake, "a")
    counts = "select (select count(*) from samples), (select count(*) from rejects), (select count(*) from datasets)"
    assert lake.rows(counts) == [(0, 0, 0)]
    assert lake.rows(f"select count(*) from samples at (version => {before})") == [(3,)]
    assert ingest(lake, tmp_path / "a.jsonl").samples == 3
    assert lake.rows("select dataset_no from datasets") == [(2,)]
