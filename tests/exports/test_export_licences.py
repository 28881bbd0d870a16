"""An export is refused, or made knowingly and says so, where its licences allow what those of datasets further up do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UsageError
from lake.formats.base import Sample
from pipelines.export import export
from pipelines.lineage import lineage

pytestmark = pytest.mark.slow


def test_a_permissive_licence_over_a_non_commercial_parent_is_refused_unless_allowed(
    lake: Lake, tmp_path: Path
) -> None:
    rows = [Sample(instruction=f"What is {n}?", response="A number.") for n in range(3)]
    put(lake, "strict", rows, licence="cc-by-nc-4.0")
    put(lake, "loose", rows, licence="mit")
    lake.transact(
        lambda c: c.execute("update datasets set parents = ['strict'] where dataset = 'loose'"), message="parents"
    )
    lineage(lake)
    told = "loose: mit over strict (cc-by-nc-4.0), which is for non-commercial use (declared only)"
    with pytest.raises(UsageError) as error:
        export(lake, "loose", to="jsonl", out=tmp_path / "loose")
    assert error.value.message == (f"The dataset 'loose' has licences that allow what those further up do not: {told}.")
    assert "--allow-licence-conflicts" in (error.value.hint or "")
    assert not (tmp_path / "loose").exists()
    report = export(lake, "loose", to="jsonl", out=tmp_path / "loose", allow_licence_conflicts=True)
    assert report.licences == (told,)
    manifest = json.loads((tmp_path / "loose" / "manifest.json").read_text())
    assert [row["term"] for row in manifest["licence_conflicts"]] == ["non_commercial"]
    clean = export(lake, "strict", to="jsonl", out=tmp_path / "strict")
    assert clean.licences == ()
    assert "licence_conflicts" not in json.loads((tmp_path / "strict" / "manifest.json").read_text())
