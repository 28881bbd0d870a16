"""Readers, scorers and ingests go on while a lake is compacted, again and again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from lakes import lay

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest

READER = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
settings = Settings.load(home=sys.argv[1], threads=1)
with Lake.open(settings, read_only=True) as lake:
    print("open", flush=True)
    for _ in sys.stdin:
        for _ in range(5):
            found = lake.rows("select count(*), count(distinct sample_id) from scored where dataset = 'fixed'")
            assert found == [(300, 300)]
            batches = lake.connection.execute("select sample_id, instruction from samples where dataset = 'fixed'")
            assert sum(len(b) for b in batches.to_arrow_reader(20)) == 300
            assert lake.rows("select min(next) > 1 from sequences") == [(True,)]
            assert lake.rows("select count(*) from datasets") == [(2,)]
        print("read", flush=True)
"""

SCORER = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
settings = Settings.load(home=sys.argv[1], threads=1)
print("open", flush=True)
for _ in sys.stdin:
    with Lake.open(settings) as lake:
        lake.transact(lambda c: c.execute("delete from scores where axis = 'str_length'") and None, message="forget")
        score(lake, datasets=["fixed"], axes=["str_length"], chunk_rows=100)
        assert lake.rows("select count(*), count(str_length) from scored where dataset = 'fixed'") == [(300, 300)]
    print("scored", flush=True)
"""

INGEST = """
import sys
from pathlib import Path
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest
settings = Settings.load(home=sys.argv[1], threads=1)
source = settings.home / "changing.jsonl"
print("open", flush=True)
with Lake.open(settings) as lake:
    for number, _ in enumerate(sys.stdin, 1):
        source.write_text("".join('{"instruction": "q%d-%d", "output": "a"}\\n' % (number, i) for i in range(40)))
        assert ingest(lake, source, name="changing", replace=True).samples == 40
        assert lake.rows("select count(*) from samples where dataset = 'changing'") == [(40,)]
        print("ingested", flush=True)
"""


def _filled(settings: Settings) -> None:
    lay(settings.home)
    for name, rows in (("fixed", 300), ("changing", 40)):
        source = settings.home.parent / f"{name}.jsonl"
        source.write_text(
            "".join(json.dumps({"instruction": f"{name} {n}", "output": "a b c"}) + "\n" for n in range(rows))
        )
        with Lake.open(settings) as lake:
            ingest(lake, source, name=name)
    (settings.home / "changing.jsonl").write_bytes((settings.home.parent / "changing.jsonl").read_bytes())


def _compact_beside(settings: Settings, programs: list[str], times: int) -> None:
    _filled(settings)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(settings.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for program in programs
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
        for number in range(times):
            with Lake.open(settings) as lake:
                for process in running:  # each works while this compacts
                    assert process.stdin is not None
                    process.stdin.write("go\n")
                    process.stdin.flush()
                lake.compact(expire_older_than="2 seconds" if number % 2 else None)
            for process in running:
                assert process.stdout is not None
                assert process.stdout.readline() != "", process.communicate()[1]
    finally:
        ended = [process.communicate(timeout=120) for process in running]
    assert [(process.returncode, errors) for process, (_, errors) in zip(running, ended, strict=True)] == [
        (0, "") for _ in running
    ]
    with Lake.open(settings) as lake:
        assert lake.rows("select dataset, count(*), count(distinct row_no) from samples group by 1 order by 1") == [
            ("changing", 40, 40),
            ("fixed", 300, 300),
        ]
        assert lake.rows(
            "select count(*) from (select 1 from scores group by sample_id, axis having count(*) > 1)"
        ) == [(0,)]


def test_a_reader_goes_on_while_a_lake_is_compacted(settings: Settings):
    _compact_beside(settings, [READER], 3)


@pytest.mark.slow
def test_readers_scorers_and_ingests_go_on_through_many_compactions(settings: Settings):
    _compact_beside(settings, [READER, READER, SCORER, INGEST], 8)
