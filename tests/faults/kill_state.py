"""What a lake and the folders around it hold, as values that are equal when the contents are."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from lakes import filled

from lake.catalog import Lake
from lake.tables import TABLES

_PASSING = {
    "applied", "created", "dataset_no", "fingerprint", "ingested", "last_id", "manifest_hash", "report", "signed",
    "scanned", "snapshot",
}  # fmt: skip
"""Columns that differ from run to run: times, durations, snapshots, numbers that a killed run has used up."""

_IDS = {"sample_id", "other_id", "survivor_id", "cluster", "item_id", "scanned_to"}
"""Columns of sample ids, whose upper half is such a number."""


def contents(lake: Lake) -> str:
    """Everything in every table that has rows, read to its end, as one text."""
    parts = ["select null as part, 0 as n, null as digest where false"]
    for table in sorted(set(filled(lake)) & {table.name for table in TABLES} - {"sequences"}):
        described = lake.connection.execute(f"from {table} limit 0").description
        terms = [
            f'"{name}" % (2 ** 32)::bigint' if name in _IDS else f'"{name}"'
            for name in sorted({column[0] for column in described} - _PASSING)
        ]
        digest = f"sum(hash({', '.join(terms)})::hugeint)::varchar"
        parts.append(f"select '{table}' as part, count(*) as n, {digest} as digest from {table} having n > 0")
    return json.dumps(lake.rows(" union all ".join(parts) + " order by 1"))


def snapshots(lake: Lake) -> list[int]:
    """The snapshots of a lake, oldest first."""
    return [int(row[0]) for row in lake.rows("select snapshot_id from lake.snapshots() order by 1")]


def export_folder(out: Path) -> str:
    """The files of an export, each as its manifest says; 'none' where there is no export, 'broken' where it is half."""
    if not out.exists():
        return "none"
    try:
        manifest = json.loads((out / "manifest.json").read_text())
        listed = {file["file"]: file["sha256"] for file in manifest["files"]}
        found = {
            path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in out.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }
    except (OSError, ValueError) as error:
        return f"broken: {error}"
    return json.dumps(found, sort_keys=True) if found == listed else f"broken: {listed} {found}"


def trained_axis(folder: Path, name: str) -> str:
    """The model of a trained axis; 'broken' where its sidecar names another than there is."""
    facts = json.loads((folder / f"{name}.axis.json").read_text())
    digest = hashlib.sha256((folder / facts["model"]).read_bytes()).hexdigest()
    return digest if digest == facts["sha256"] else f"broken: {facts['model']}"


class Markers:
    """Files of somebody else beside and inside folders, old enough for any cleaning."""

    def __init__(self, folders: list[Path]) -> None:
        self._paths = [folder / name for folder in folders for name in ("foreign.parquet", "foreign.txt")]

    def place(self) -> None:
        """Put them there, months old."""
        for path in self._paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"not yours")
            os.utime(path, (1.7e9, 1.7e9))

    def touched(self) -> list[str]:
        """Those that are gone or changed."""
        return [str(path) for path in self._paths if not path.is_file() or path.read_bytes() != b"not yours"]
