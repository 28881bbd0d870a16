"""A bucket as data path, on a real server at loopback: files come before the commit, and nothing stays behind."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.catalog import Connection, Lake
from lake.errors import LakeError, StorageError
from lake.settings import Settings
from lake.tables import SCORES
from pipelines.curate import create_slice, slice_members
from pipelines.export import export
from pipelines.ingest import ingest
from pipelines.score import score

boto3 = pytest.importorskip("boto3", reason="the extra dev brings moto and boto3")
moto_server = pytest.importorskip("moto.server", reason="the extra dev brings moto and flask")

BUCKET = "lake"


class Bucket:
    """What lies in the bucket, seen from outside."""

    def __init__(self, client: Any, endpoint: str) -> None:
        self.client, self.endpoint = client, endpoint

    def keys(self, prefix: str) -> set[str]:
        """Parquet files below a prefix, without it."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/")
        keys = {found["Key"].removeprefix(f"{prefix}/") for page in pages for found in page.get("Contents", [])}
        return {key for key in keys if key.endswith(".parquet")}

    def age(self, prefix: str) -> None:
        """Make everything below a prefix two days old."""
        from moto.backends import get_backend

        for account in get_backend("s3").values():
            for key in account["aws"].buckets[BUCKET].keys.values():
                if key.name.startswith(prefix):
                    key.last_modified -= dt.timedelta(days=2)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tester")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "marker-of-the-secret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        server.start()
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        try:
            yield Bucket(client, endpoint)
        finally:
            server.stop()


@pytest.fixture
def remote(bucket: Bucket, tmp_path: Path) -> Settings:
    """Settings of a lake whose files lie below a prefix of their own."""
    return Settings.load(
        home=tmp_path / "home",
        data_path=f"s3://{BUCKET}/{tmp_path.name}",
        s3_endpoint=bucket.endpoint,
        s3_region="us-east-1",
        threads=1,
    )


def source(folder: Path, rows: int) -> Path:
    path = folder / "counting.jsonl"
    lines = [json.dumps({"instruction": f"Count to {n}", "output": "one two three " * (n + 1)}) for n in range(rows)]
    path.write_text("\n".join([*lines, "{bad"]) + "\n")
    return path


def staged(settings: Settings) -> list[Path]:
    """Files (and folders) that wait on this machine."""
    return [path for path in settings.scratch.rglob("*") if "staged" in path.parts]


def known(lake: Lake) -> set[str]:
    """The files of every snapshot, and those the catalogue knows it needs no more, below the data path."""
    waiting = lake.rows("select path from __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion")
    rows = waiting + lake.rows(
        "select schemas.path || tables.path || files.path from __ducklake_metadata_lake.ducklake_data_file as files "
        "join __ducklake_metadata_lake.ducklake_table as tables using (table_id) "
        "join __ducklake_metadata_lake.ducklake_schema as schemas using (schema_id)"
    )
    return {str(path).removeprefix(lake.settings.files) for (path,) in rows}


def test_the_main_job_leaves_nothing_behind(remote: Settings, bucket: Bucket, tmp_path: Path):
    with Lake.open(remote, create=True) as lake:
        assert ingest(lake, source(tmp_path, 3), name="007").samples == 3
        score(lake, axes=["str_length"])
        assert lake.rows("select distinct dataset from scores") == [("007",)]
        assert create_slice(lake, "few", "select sample_id from samples where row_no < 2").rows == 2
        assert export(lake, "few", to="parquet", out=tmp_path / "out").rows == 2
        assert staged(remote) != []  # the folder of this lake, while it is open
        assert [path for path in staged(remote) if path.is_file() and path.suffix == ".parquet"] == []
        lake.compact()
        assert slice_members(lake, "few").num_rows == 2
        assert lake.rows("select count(*), count(str_length) from scored") == [(3, 3)]
        assert bucket.keys(tmp_path.name) == known(lake)
    assert staged(remote) == []


def write(lake: Lake, dataset: str) -> Path:
    """Stage one score."""
    path = lake.staging_file(SCORES, axis="a", dataset=dataset)
    row = (
        "1::bigint as sample_id, 'a' as axis, '1' as scorer_version, 0.5::float as value, 'ok' as status, "
        "null::varchar as detail"
    )
    lake.rows(f"copy (select {row}) to '{path}' (format parquet)")
    return path


def test_files_are_in_the_bucket_before_the_commit_begins(remote: Settings, bucket: Bucket, tmp_path: Path):
    seen: list[int] = []

    def work(connection: Connection) -> None:
        seen.append(len(bucket.keys(tmp_path.name)))
        lake.add_files(connection, SCORES, files)

    with Lake.open(remote, create=True) as lake:
        before = len(bucket.keys(tmp_path.name))
        for dataset in ("plain", "null"):  # a path cannot carry the second one: DuckLake writes it in the commit
            files = [write(lake, dataset)]
            lake.transact(work, message="score", staged=files)
            assert not files[0].exists()
        assert [count - before for count in seen] == [1, 1]
        assert lake.rows("select dataset, value from scores order by 1") == [("null", 0.5), ("plain", 0.5)]
        lake.compact()
        assert lake.rows("select dataset, value from scores order by 1") == [("null", 0.5), ("plain", 0.5)]


def test_a_failed_commit_leaves_nothing_on_this_machine(remote: Settings, bucket: Bucket, tmp_path: Path):
    def work(connection: Connection) -> None:
        raise ValueError("no")

    with Lake.open(remote, create=True) as lake:
        files = [write(lake, "plain")]
        with pytest.raises(ValueError, match="no"):
            lake.transact(work, message="fail", staged=files)
    assert staged(remote) == []
    bucket.age(tmp_path.name)
    with Lake.open(remote) as lake:
        assert len(bucket.keys(tmp_path.name) - known(lake)) == 1
        lake.compact()
        assert bucket.keys(tmp_path.name) == known(lake)


def test_a_bucket_that_is_not_there_is_named_without_the_secret(remote: Settings, tmp_path: Path):
    settings = remote.model_copy(update={"data_path": "s3://nowhere/lake"})
    with pytest.raises(StorageError, match="s3://nowhere/lake/") as caught:
        Lake.open(settings, create=True)
    assert "marker-of-the-secret" not in str(caught.value)
    assert staged(settings) == []


SCORE = """
import sys, time
from lake import staging
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
upload = staging._upload
def slow(*given):
    upload(*given)
    print("uploaded", flush=True)
    time.sleep(600)
with Lake.open(Settings.load(home=sys.argv[1], data_path=sys.argv[2], threads=1)) as lake:
    staging._upload = slow
    score(lake, axes=["str_length"])
"""


def test_a_writer_killed_between_copy_and_commit_is_cleaned_up_after(remote: Settings, bucket: Bucket, tmp_path: Path):
    with Lake.open(remote, create=True) as lake:
        ingest(lake, source(tmp_path, 3), name="counting")
        before = bucket.keys(tmp_path.name)
    environment = {**os.environ, "ODA_S3_ENDPOINT": bucket.endpoint, "ODA_S3_REGION": "us-east-1"}
    command = [sys.executable, "-c", SCORE, str(remote.home), str(remote.data_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "uploaded\n"
        writer.send_signal(signal.SIGKILL)
    (lost,) = bucket.keys(tmp_path.name) - before
    assert lost.startswith("main/scores/dataset=counting/")
    assert sorted(path.suffix for path in staged(remote) if path.is_file()) == [".parquet"]
    with Lake.open(remote) as lake:
        score(lake, axes=["str_length"])
        assert lake.rows("select count(*), count(str_length) from scored") == [(3, 3)]
        bucket.age(f"{tmp_path.name}/{lost}")
        assert len(bucket.keys(tmp_path.name) - known(lake)) == 1
        lake.compact()
        assert bucket.keys(tmp_path.name) == known(lake)
    assert staged(remote) == []


def test_a_bucket_is_marked_and_only_the_lakes_own_files_go(remote: Settings, bucket: Bucket, tmp_path: Path):
    odd = remote.model_copy(update={"data_path": f"s3://{BUCKET}/{tmp_path.name}/run[1-3]//x/"})
    prefix = f"{tmp_path.name}/run[1-3]//x"
    mine = {f"{tmp_path.name}/run1//x/main/scores/{'0' * 32}.parquet", f"{prefix}/main/scores/mine.parquet"}
    with Lake.open(odd, create=True) as lake:
        for number in range(3):
            lake.transact(lambda c: c.execute("insert into slices (slice) values ('s')") and None, message=str(number))
        for key in (*mine, f"{prefix}/main/scores/{'1' * 32}.parquet"):
            bucket.client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        bucket.age(tmp_path.name)
        for dry_run in (True, False):
            done = lake.compact(dry_run=dry_run)
            assert [file.path for file in done.orphans] == [f"{odd.files}main/scores/{'1' * 32}.parquet"]
        assert lake.compact(expire_older_than="0 seconds", grace="0 seconds").files_waiting == 0
        assert lake.rows("select count(*) from slices") == [(3,)]
        assert bucket.keys(prefix) == {*known(lake), "main/scores/mine.parquet"}
    assert {f"{tmp_path.name}/{key}" for key in bucket.keys(tmp_path.name)} >= mine
    other = odd.model_copy(update={"home": tmp_path / "other"})
    with pytest.raises(LakeError, match="belongs to another lake"):
        Lake.open(other, create=True)
