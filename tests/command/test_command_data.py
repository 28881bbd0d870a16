"""Commands over real small lakes: what they print for people and for programs, and their exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_process import ROOT, Oda, command

from lake.exports.catalogue import formats
from lake.migrations import LATEST
from lake.values import EXPORT_FORMATS
from scorers.catalogue import catalogue


def test_init_twice_makes_one_lake(oda: Oda, tmp_path: Path) -> None:
    home = tmp_path / "new"
    first = oda("init", "--home", home, "--json").document
    assert (first["created"], first["home"]) == (True, str(home))
    second = oda("init", "--home", home, "--json").document
    assert second == {**first, "created": False}
    assert oda("init", "--home", home).out.startswith("The lake is ready:")


def test_ingest_says_what_was_detected(oda: Oda, sums: Path, tmp_path: Path) -> None:
    ran = oda("ingest", sums, "--home", tmp_path / "new")
    assert ran.status == 0
    assert "Making a new lake in" in ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("sums ingested in ")
    assert lines[1] == (
        "detected: alpaca (instruction=instruction, input=input, response=output); "
        "120 samples, 1 reject (see: oda sql \"from rejects where dataset='sums'\")"
    )
    assert lines[2].startswith("  1 × not valid JSON")
    again = oda("ingest", sums, "--home", tmp_path / "new")
    assert "its source has not changed; nothing to do" in again.out


def test_ingest_says_what_is_covered_and_what_was_left_out(oda: Oda, sums: Path, tmp_path: Path) -> None:
    folder, home = tmp_path / "both", tmp_path / "new"
    folder.mkdir()
    (folder / "a.jsonl").write_text("".join(json.dumps({"prompt": f"Sum {n}?"}) + "\n" for n in range(4)))
    tried = oda("ingest", folder, "--dry-run", "--limit", "2", "--home", home)
    assert (tried.status, home.exists()) == (0, False)
    assert tried.out.splitlines()[1:4] == [
        "detected: prompt_only (instruction=prompt)",
        "the first 2 rows would give 2 samples, 0 rejects",
        "response: none; reference answer: none; system prompt: none; several turns: none (2 samples)",
    ]
    assert "user:\n  Sum " in tried.out
    (folder / "b.txt").write_text("Sum 5?")
    ran = oda("ingest", folder, "--home", home)
    assert ran.status == 3
    assert ran.out.splitlines()[2:] == [
        "response: none; reference answer: none; system prompt: none; several turns: none (4 samples)",
        "Look at: No sample has a response.",
        "Left out: b.txt: no container reads it.",
    ]
    assert oda("ingest", sums, "--limit", "3", "--home", home).status == 2
    shown = oda("datasets", "both", "--home", home).out
    assert "left out      b.txt" in shown
    assert "Look at: No sample has a response." in shown


def test_head_shows_samples_turn_by_turn(oda: Oda, tmp_path: Path) -> None:
    source, home = tmp_path / "chat.jsonl", tmp_path / "new"
    turns = [
        {"role": "user", "content": "Hi \x1b[31m"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Two\nlines"},
    ]
    source.write_text(json.dumps({"messages": turns, "id": 7}) + "\n")
    oda("ingest", source, "--home", home)
    assert oda("head", "chat", "--home", home).out.splitlines()[1:] == [
        "user:", "  Hi \\x1b[31m", "assistant:", "  Yes?", "user:", "  Two", "  lines", "meta:", '  {"id":7}',
    ]  # fmt: skip
    (row,) = oda("head", "chat", "--home", home, "--json").document
    assert row["n_turns"] == 2
    assert oda("head", "chat", "--limit", "0", "--home", home).status == 2
    wrong = oda("head", "chatt", "--home", home)
    assert (wrong.status, "Did you mean chat?" in wrong.err) == (2, True)


def test_ingest_takes_the_description_from_flags_and_file(oda: Oda, sums: Path, tmp_path: Path) -> None:
    described = tmp_path / "about.yaml"
    described.write_text("license: mit\ndomains: [general]\ncard: From a file.\n")
    home = tmp_path / "new"
    ran = oda(
        "ingest", sums, "--name", "plain", "--kind", "benchmark", "--domain", "math,code", "--domain", "logic",
        "--released", "2024-02-29", "--parent", "elder", "--description-file", described, "--home", home, "--json",
    )  # fmt: skip
    report = ran.document
    assert (report["dataset"], report["status"], report["samples"], report["rejected"]) == ("plain", "ingested", 120, 1)
    row = oda("datasets", "plain", "--home", home, "--json").document
    assert row["kind"] == "benchmark"
    assert row["domains"] == ["math", "code", "logic"]
    assert (row["license"], row["released"], row["parents"]) == ("mit", "2024-02-29", ["elder"])
    assert row["card"] == "From a file."


def test_ingest_tells_which_links_it_left_out_and_follows_them_when_asked(oda: Oda, sums: Path, tmp_path: Path) -> None:
    folder, home = tmp_path / "folder", tmp_path / "new"
    folder.mkdir()
    (folder / "own.jsonl").write_text('{"instruction": "add", "output": "3"}\n')
    (folder / "other.jsonl").symlink_to(sums)
    ran = oda("ingest", folder, "--home", home)
    told = f"folder: left unread: 1 symbolic link that leads out of the folder or nowhere (other.jsonl -> {sums})."
    assert told in ran.err.replace("\n", " ")
    assert "--follow-links" in ran.err
    assert "1 sample, 0 rejects" in ran.out
    report = oda("ingest", folder, "--home", home, "--json").document
    assert (report["status"], report["unfollowed"]) == ("unchanged", [f"other.jsonl -> {sums}"])
    report = oda("ingest", folder, "--home", home, "--follow-links", "--json").document
    assert (report["status"], report["samples"], report["unfollowed"]) == ("replaced", 121, [])


def test_ingest_maps_columns(oda: Oda, tmp_path: Path) -> None:
    source = tmp_path / "odd.csv"
    source.write_text("frage,antwort\nWie viel?,Drei\nUnd nun?,Vier\n")
    home = tmp_path / "new"
    oda("ingest", source, "--map", "instruction=frage", "--map", "response=antwort", "--home", home)
    rows = oda("sql", "select instruction, response from samples order by row_no", "--home", home, "--json").document
    assert rows[1] == {"instruction": "Und nun?", "response": "Vier"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--map", "instruction"], "Invalid value for '--map': 'instruction' is not FIELD=COLUMN"),
        (["--map", "instructon=x"], "Did you mean instruction?"),
        (["--released", "soon"], "released"),
        (["--kind", "other"], "Unknown kind of dataset 'other'."),
        (["--name", "../x"], "cannot be the name of a dataset"),
        (["another.jsonl", "--name", "both"], "--name is for one dataset; there are 2 paths."),
        (["--workers", "0"], "--workers"),
    ],
)
def test_ingest_refuses_wrong_usage(oda: Oda, sums: Path, home: Path, arguments: list[str], said: str) -> None:
    ran = oda("ingest", sums, *arguments, "--home", home)
    assert ran.status == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_an_unreadable_file_is_an_error_with_its_place(oda: Oda, tmp_path: Path) -> None:
    torn = tmp_path / "torn.json"
    torn.write_text('[{"instruction": "a", "output": "b"}, {"instr')
    ran = oda("ingest", torn, "--home", tmp_path / "new", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert ran.error["error"] == "SourceError"
    assert ran.error["file"].endswith("torn.json")
    assert isinstance(ran.error["offset"], int)
    assert oda("datasets", "--json", "--home", tmp_path / "new").document == []


def test_a_batch_continues_past_a_failed_one(oda: Oda, sums: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.json"
    torn.write_text('[{"instruction": ')
    other = tmp_path / "other.jsonl"
    other.write_text('{"prompt": "Name a colour.", "completion": "Red."}\n')
    ran = oda("ingest", torn, sums, other, "--home", tmp_path / "new")
    assert ran.status == 1
    assert ran.out.splitlines()[2].split()[:4] == ["sums", "ingested", "120", "1"]
    assert "torn.json failed: Cannot read" in ran.out
    assert ran.out.splitlines()[-1] == "2 datasets in the lake with 121 samples; 1 failed."
    report = oda("ingest", torn, sums, other, "--home", tmp_path / "new", "--json")
    assert report.status == 1
    assert [item["status"] for item in report.document["ingested"]] == ["unchanged", "unchanged"]
    assert [item["error"] for item in report.document["failed"]] == ["SourceError"]


def test_datasets_lists_and_shows(oda: Oda, template: Path) -> None:
    lines = oda("datasets", "--home", template).out.splitlines()
    assert lines[0].split() == [
        "dataset",
        "kind",
        "domains",
        "rows",
        "rejected",
        "format",
        "licence",
        "released",
        "size",
    ]
    assert lines[2].split()[:8] == ["sums", "train", "math", "120", "1", "alpaca", "cc0", "2025-01-31"]
    assert lines[-1] == "1 dataset, 120 samples"
    assert oda("datasets", "--kind", "benchmark", "--home", template, "--json").document == []
    shown = oda("datasets", "sums", "--home", template).out
    assert "Rejected rows by reason:" in shown
    assert "compress_ratio" in shown
    (str_length,) = [
        item
        for item in oda("datasets", "sums", "--home", template, "--json").document["profile"]
        if item["axis"] == "str_length"
    ]
    assert (str_length["n"], str_length["coverage"]) == (120, 1.0)
    missing = oda("datasets", "sum", "--home", template)
    assert (missing.status, "Did you mean sums?" in missing.err) == (2, True)


def test_dropping_a_dataset_needs_a_yes(oda: Oda, home: Path) -> None:
    refused = oda("datasets", "sums", "--drop", "--home", home, "--json")
    assert (refused.status, refused.error["hint"]) == (2, "oda datasets sums --drop --yes")
    assert oda("datasets", "--drop", "--home", home).status == 2
    dropped = oda("datasets", "sums", "--drop", "--yes", "--home", home, "--json").document
    assert (dropped["dropped"], dropped["rows"]) == ("sums", 120)
    assert oda("datasets", "--home", home, "--json").document == []
    assert oda("sql", "select count(*) as n from samples", "--home", home, "--json").document == [{"n": 0}]


def test_axes_lists_the_catalogue(oda: Oda) -> None:
    rows = oda("axes", "--json").document
    assert [row["axis"] for row in rows] == sorted(catalogue().axes())
    (mtld,) = [row for row in rows if row["axis"] == "mtld"]
    assert (mtld["level"], mtld["direction"], mtld["range"], mtld["available"]) == ("sample", "higher", [0, None], True)
    assert {row["level"] for row in oda("axes", "--level", "sample", "--json").document} == {"sample"}
    assert oda("axes", "mtld", "--json").document == mtld
    assert "McCarthy and Jarvis" in oda("axes", "mtld").out
    assert oda("axes", "mtdl").status == 2
    assert "Unknown level 'row'." in oda("axes", "--level", "row").err


def test_score_plans_then_scores_then_has_nothing_to_do(oda: Oda, home: Path) -> None:
    plan = oda("score", "sums", "--axes", "str_length,think_or_not", "--plan", "--home", home)
    assert plan.out.splitlines()[-1].startswith("sums: 120 samples, 120 of 240 scores already scored, 120 to run")
    planned = oda("score", "sums", "--axes", "think_or_not", "--plan", "--home", home, "--json").document
    assert [(axis["axis"], axis["to_run"]) for axis in planned["axes"]] == [("think_or_not", 120)]
    before = oda("snapshots", "--home", home, "--json").document
    report = oda("score", "--axes", "str_length", "--axes", "think_or_not", "--home", home, "--json").document
    assert [(axis["axis"], axis["scored"], axis["skipped"]) for axis in report["axes"]] == [
        ("str_length", 0, 120),
        ("think_or_not", 120, 0),
    ]
    assert len(oda("snapshots", "--home", home, "--json").document) > len(before)
    assert oda("score", "--axes", "think_or_not", "--plan", "--home", home).out.splitlines()[-1] == (
        "sums: 120 samples, 120 already scored, 0 to run"
    )
    assert oda("score", "summs", "--home", home).status == 2


def test_slices_from_making_to_dropping(oda: Oda, home: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "first.sql"
    recipe.write_text(
        "-- parameter rows: integer = 3 | how many\nselect sample_id from samples order by sample_id limit $rows\n"
    )
    made = oda("slice", "create", "few", "-f", recipe, "-p", "rows=5", "--home", home, "--json").document
    assert (made["slice"], made["rows"], made["parameters"]) == ("few", 5, {"rows": 5})
    assert made["datasets"] == {"sums": 5}
    taken = oda("slice", "create", "few", "--sql", "select sample_id from samples", "--home", home)
    assert (taken.status, "--replace" in taken.err) == (2, True)
    assert "needs one query" in oda("slice", "create", "x", "--home", home).err
    (listed,) = oda("slice", "list", "--home", home, "--json").document
    assert (listed["slice"], listed["hash"]) == ("few", made["hash"])
    shown = oda("slice", "show", "few", "--members", "2", "--home", home, "--json").document
    assert [member["weight"] for member in shown["members"]] == [1.0, 1.0]
    assert "limit $rows" in oda("slice", "show", "few", "--home", home).out
    verified = oda("slice", "verify", "few", "--home", home)
    assert (verified.status, verified.out) == (0, "Slice few is identical: the same 5 members again.\n")
    change = "delete from slice_members where sample_id in (select min(sample_id) from slice_members)"
    oda("sql", change, "--write", "--home", home)
    broken = oda("slice", "verify", "few", "--home", home, "--json")
    assert (broken.status, broken.document["intact"]) == (1, False)
    assert oda("slice", "drop", "few", "--home", home, "--json").document["rows"] == 5
    assert oda("slice", "verify", "few", "--home", home).status == 2
    assert oda("slice", "list", "--home", home).out == "No slices yet.\n"
    recipe_by_name = oda("slice", "create", "best", "-f", "top_by_axis", "-p", "axis=str_length", "-p", "budget=100",
                         "--home", home, "--json")  # fmt: skip
    assert 0 < recipe_by_name.document["rows"] < 10


def test_export_formats_in_the_help_are_those_there_are() -> None:
    assert list(EXPORT_FORMATS) == list(formats())


def test_export_writes_and_reports(oda: Oda, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = oda("export", "sums", "--to", "jsonl", "-o", out, "--home", home, "--json").document
    assert (report["subject"], report["kind"], report["format"], report["rows"]) == ("sums", "dataset", "jsonl", 120)
    (file,) = report["files"]
    first = json.loads((out / file).read_text().splitlines()[0])
    assert first["response"] == "It is 0."
    again = oda("export", "sums", "--to", "jsonl", "-o", out, "--home", home)
    assert (again.status, "--overwrite" in again.err) == (2, True)
    told = oda("export", "sums", "--to", "alpaca", "-o", out, "--overwrite", "--home", home)
    assert told.out.startswith("Exported dataset sums as alpaca: 120 samples of snapshot")
    repeated = oda("export", "sums", "--again", "--home", home, "--json").document
    assert [(each["format"], each["path"], each["rows"]) for each in repeated] == [("alpaca", str(out), 120)]
    unknown = oda("export", "sums", "--to", "jsonlines", "-o", tmp_path / "x", "--home", home)
    assert (unknown.status, "jsonl" in unknown.err) == (2, True)


def test_snapshots_are_listed_newest_first(oda: Oda, template: Path) -> None:
    rows = oda("snapshots", "--home", template, "--json").document
    ids = [row["snapshot_id"] for row in rows]
    assert ids == sorted(ids, reverse=True)
    assert rows[-2]["message"] == f"migrate the schema from 0 to {LATEST}"
    assert len(oda("snapshots", "--limit", "2", "--home", template, "--json").document) == 2
    assert oda("snapshots", "--home", template).out.split()[:2] == ["snapshot", "time"]


def test_compact_counts_first_and_then_does_it(oda: Oda, home: Path) -> None:
    dry = oda("compact", "--expire", "0 seconds", "--dry-run", "--home", home, "--json").document
    assert dry["dry_run"] is True
    assert dry["snapshots_expired"] > 0
    assert len(oda("snapshots", "--home", home, "--json").document) > dry["snapshots_expired"]
    done = oda("compact", "--expire", "0 seconds", "--home", home)
    assert "Snapshots expired: " in done.out
    assert oda("sql", "select count(*) as n from samples", "--home", home, "--json").document == [{"n": 120}]
    wrong = oda("compact", "--expire", "a while", "--home", home)
    assert (wrong.status, "7 days" in wrong.err) == (2, True)


def test_compact_says_beforehand_what_goes_and_lists_show_it_after(oda: Oda, home: Path, tmp_path: Path) -> None:
    made = oda("slice", "create", "few", "--sql", "from samples limit 3", "--home", home, "--json").document
    out = tmp_path / "out"
    oda("export", "few", "--to", "jsonl", "-o", out, "--home", home)
    left = home / "files" / "main" / "scores" / f"{'0' * 32}.parquet"
    left.write_text("left by a killed run")
    os.utime(left, (1e9, 1e9))
    dry = oda("compact", "--expire", "0 seconds", "--dry-run", "--home", home)
    assert f"Slice few loses its snapshot {made['snapshot']}.\n" in dry.out
    assert f"Export few in {out} loses its snapshot {made['snapshot']}.\n" in dry.out
    assert f"would be deleted: {left.resolve()} (20 B)\n" in dry.out
    assert oda("slice", "list", "--home", home, "--json").document[0]["expired"] is False
    assert left.exists()
    done = oda("compact", "--expire", "0 seconds", "--home", home, "--json").document
    assert [(loss["kind"], loss["snapshot"]) for loss in done["losses"]] == [
        ("slice", made["snapshot"]),
        ("export", made["snapshot"]),
    ]
    assert done["orphans"] == [{"path": str(left.resolve()), "bytes": 20}]
    assert not left.exists()
    assert oda("slice", "list", "--home", home, "--json").document[0]["expired"] is True
    assert f"{made['snapshot']} (expired)" in oda("slice", "list", "--home", home).out
    found = {item["subject"]: item for item in oda("doctor", "--home", home, "--json").document["findings"]}
    assert found["slices"]["message"].endswith(": few")
    assert str(out) in found["exports"]["message"]


def test_completion_offers_names_of_the_lake(template: Path) -> None:
    def offered(line: str) -> list[str]:
        done = subprocess.run(
            command(),
            cwd=ROOT,
            env={
                **os.environ,
                "ODA_HOME": str(template),
                "_ODA_COMPLETE": "complete_bash",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(line.split(" ")) - 1),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.split()

    assert "datasets" in offered("oda d")
    assert offered("oda score su") == ["sums"]
    assert offered("oda score --axes str_length,mt") == ["str_length,mtld"]
    assert "--expire" in offered("oda compact --e")


def test_sql_knows_the_kernels_of_near_duplicates(oda: Oda, home: Path, tmp_path: Path) -> None:
    query = "select shingle_jaccard('a b c', 'a b d', ngram := 1) as near, minhash('a b c d e f').shingles as shingles"
    assert oda("sql", query, "--home", home, "--json").document == [{"near": 0.5, "shingles": 2}]
    assert "1 row" in oda("sql", query, "--home", home, "-o", tmp_path / "near.parquet").out
