"""Axes that users add are assets; profiles and comparisons are drawn."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows

from lake.settings import Settings


@pytest.fixture
def extended(home: Path) -> Project:
    """A project whose home has an axis of SQL and one made of others."""
    (home / "scorers").mkdir(parents=True)
    (home / "scorers" / "terse.sql").write_text("-- description: Short answers.\n-- type: flag\nlength(response) < 9\n")
    (home / "scorers" / "share.sql").write_text("-- description: Length in thousands.\nstr_length / 1000\n")
    from dagster_project.definitions import defs

    return Project(defs(), dg.DagsterInstance.ephemeral(), Settings.load())


def test_added_axes_are_assets_of_a_family_of_their_own(extended: Project, tmp_path: Path) -> None:
    graph = extended.definitions.resolve_asset_graph()
    terse, share = (graph.get(dg.AssetKey(["scores", name])) for name in ("terse", "share"))
    assert terse.assets_def.op.name == "scores_extension"
    assert "Short answers." in (terse.description or "")
    assert share.parent_keys == {dg.AssetKey("samples"), dg.AssetKey(["scores", "str_length"])}
    assert extended.ingest("sums", write_rows(tmp_path / "x.jsonl", questions(20))).success
    outcome = extended.run("score", "sums", assets=["scores/share", "scores/terse"])
    assert outcome.success
    assert sorted(outcome.metadata) == ["scores/share", "scores/terse"]
    assert outcome.metadata["scores/share"]["scorer_version"].endswith("+str_length:1")
    assert extended.rows("select count(*) from scores where axis in ('share', 'terse')") == [(40,)]


@pytest.mark.usefixtures("drawn")
def test_profile_and_comparison_are_drawn(project: Project, tmp_path: Path) -> None:
    for name, n in (("few", 10), ("more", 25)):
        assert project.ingest(name, write_rows(tmp_path / f"{name}.jsonl", questions(n))).success
        told = project.run("score", name, assets=["scores/str_length", "scores/hdd", "scored", "dataset_profile"])
        assert told.success
    profile = told.metadata["dataset_profile"]
    assert profile["lengths"].startswith("![histogram of lengths](data:image/svg+xml;base64,")
    assert profile["correlations"].startswith("![rank correlation of axes in more](data:image/svg+xml;base64,")
    assert "| axis | histogram | n | coverage |" in profile["profile"]
    assert "| str\\_length | ▆▁▁▁▁▂▁▁▁▁▁▁▁▁▁█ | 25 | 1 | 0 |" in profile["profile"]
    (event,) = [
        made for made in told.result.get_asset_materialization_events() if made.asset_key.path == ["dataset_profile"]
    ]
    assert len(dg.serialize_value(event)) < 5_500  # event logs keep one of every dataset for ever
    job = project.definitions.resolve_implicit_global_asset_job_def()
    done = job.execute_in_process(
        instance=project.instance, asset_selection=[dg.AssetKey("dataset_comparison")], raise_on_error=False
    )
    assert done.success
    (event,) = done.asset_materializations_for_node("dataset_comparison")
    assert event.metadata["dagster/row_count"].value == 2
    assert "str\\_length" in str(event.metadata["farthest"].value)
    assert "data:image/svg+xml;base64," in str(event.metadata["plot"].value)
    done = job.execute_in_process(instance=project.instance, asset_selection=[dg.AssetKey("datasets")])
    (event,) = done.asset_materializations_for_node("datasets")
    assert event.metadata["dagster/row_count"].value == 2
    assert event.metadata["samples"].value == 35
    assert "| more | train | 25 | 0 | 2 | 1 | ∅ | ∅ |" in str(event.metadata["table"].value)
    assert "data:image/svg+xml;base64," in str(event.metadata["picture"].value)
