"""Makes the kept lakes of older schema versions, with the code of their time: `make_kept_lakes.py VERSION OUT`.

Run it with an old checkout in PYTHONPATH, from a folder outside any checkout. What is in tests/kept_lakes came from

    version 9   the commit that added it, with what slices and exports were asked for
    version 8   the commit that added it, with coverage, remarks and what was left out of datasets
    version 7   the commit that added it, with relations of models, of lineage and of training
    version 6   commit a81654b, in which scores are partitioned by dataset
    version 5   commit 154c375, in which members of slices have contents
    version 4   commit 5c26535, the first with the view meaning
    version 3   commit 7ab1ac0, the last with three migrations
    version 2   the same commit, its migrations applied up to 2: no code of that version was kept
    version 1   likewise, up to 1

It fills a lake with made-up texts as far as the version goes (scores, then signatures, then vectors, then pairs in
meaning), writes down what the old code reads in it, and packs both into OUT/vVERSION.tar.xz.
"""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(tempfile.gettempdir()) / "kept-lake"

TABLES = {
    "samples": "select sample_id, dataset, content_id::varchar, instruction, response from samples order by all",
    "scores": "select sample_id, axis, scorer_version, value, status, detail from scores order by all",
    "scored": "select sample_id, dataset, str_length, compress_ratio from scored order by all",
    "profile": "select dataset, axis, n, coverage, mean from dataset_profile order by all",
    "measures": "select dataset, axis, value, status, n from dataset_scores order by all",
    "slices": 'select slice, "sql", "snapshot", hash, rows from slices order by all',
    "members": "select slice, sample_id, weight, reason from slice_members order by all",
    "exports": "select subject, format, rows, manifest_hash from exports order by all",
    "copies": "select content_id::varchar, dataset, sample_id, copies from exact_duplicates order by all",
}


def texts(name: str, n: int) -> list[dict[str, str]]:
    """Rows of a dataset: every fifth a near copy of the one before, every eighth an equal one."""
    rows: list[dict[str, str]] = []
    for i in range(n):
        words = " ".join(f"{name}{(i * 7 + j * 3) % 41}" for j in range(30))
        row = {"instruction": f"Tell of {name} {i}.", "output": words}
        if rows and i % 8 == 0:
            row = rows[-1]
        elif rows and i % 5 == 0:
            row = {"instruction": rows[-1]["instruction"], "output": rows[-1]["output"] + " at last"}
        rows.append(row)
    return rows


def fill(lake: Any, version: int, out: Path) -> None:
    """Everything the version can hold."""
    from pipelines.curate import create_slice
    from pipelines.export import export
    from pipelines.ingest import ingest
    from pipelines.score import score

    for name, kind, n in (("tales", "train", 24), ("forum", "train", 16), ("quiz", "benchmark", 6)):
        source = out / f"{name}.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in texts(name, n)) + ("broken\n" if n == 16 else ""))
        ingest(lake, source, kind=kind)
    score(lake, axes=["str_length", "compress_ratio"])
    create_slice(lake, "long", "select sample_id, 2 as weight from scored where str_length > 100 limit 10")
    export(lake, "long", to="jsonl", out=out / "export")
    if version < 3:
        lake.transact(
            lambda connection: connection.execute(
                "insert into dataset_scores (dataset, axis, scorer_version, value, status, n, coverage, parameters) "
                "values ('tales', 'apjs', '1', 0.0625, 'ok', 24, 1.0, '{\"n\": 1}')"
            ),
            message="measure tales: apjs",
        )
    if version >= 2:
        from pipelines.dedup import dedup
        from pipelines.deduping.parameters import Signing

        dedup(lake, Signing())
    if version >= 3:
        embed(lake)
        score(lake, axes=["radius", "vendi", "apjs"])
    if version >= 4:
        from pipelines.dedup import dedup_by_embedding

        dedup_by_embedding(lake)


def embed(lake: Any) -> None:
    """A vector made of each instruction, so that equal ones are near."""
    import numpy as np
    import pyarrow as pa

    ids, made = [], []
    for sample_id, text in lake.rows("select sample_id, instruction from samples order by 1"):
        ids.append(sample_id)
        made.append(np.random.default_rng(list(text.encode())).standard_normal(8).astype(np.float32).tolist())
    table = pa.table({"sample_id": ids, "vector": pa.array(made, pa.list_(pa.float32()))})

    def work(connection: Any) -> None:
        connection.register("vectors_in", table)
        connection.execute(
            "insert into embeddings by name select v.sample_id, samples.dataset, ? as model, 'r' as revision, v.vector "
            "from vectors_in as v join samples using (sample_id)",
            [lake.settings.embedding_model],
        )
        connection.unregister("vectors_in")

    lake.transact(work, message="embed")


def main(version: int, out: Path) -> None:
    """Make one lake."""
    from lake import migrations
    from lake.catalog import Lake
    from lake.settings import Settings

    assert version <= migrations.LATEST, "this checkout is too old"
    migrations.LATEST = version  # what `migrate` goes up to
    shutil.rmtree(HOME, ignore_errors=True)
    work = HOME / "sources"
    work.mkdir(parents=True)
    with Lake.open(Settings.load(home=HOME / "home", threads=2), create=True) as lake:
        fill(lake, version, work)
        read = {name: [list(map(str, row)) for row in lake.rows(sql)] for name, sql in TABLES.items()}
        if version >= 2:
            near = 'select "view", sample_id, survivor_id, reason from near_duplicates order by all'
            read["near"] = [list(map(str, row)) for row in lake.rows(near)]
        read["snapshots"] = [[row["snapshot_id"], row["message"]] for row in lake.snapshots().to_pylist()]
        columns = (
            "select table_name, column_name, data_type from duckdb_columns() where database_name = 'lake' "
            "and table_name in (select table_name from duckdb_tables() where database_name = 'lake') order by all"
        )
        read["columns"] = [list(row) for row in lake.rows(columns)]
    (HOME / "read.json").write_text(json.dumps(read))
    shutil.rmtree(HOME / "home" / "scratch", ignore_errors=True)
    shutil.rmtree(work)
    with tarfile.open(out / f"v{version}.tar.xz", "w:xz", preset=9) as archive:
        archive.add(HOME / "home", "home")
        archive.add(HOME / "read.json", "read.json")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
