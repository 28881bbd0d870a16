"""The graph: what there is, that nothing is registered by hand, and that loading it is cheap."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.audit import Check
from dagster_project.audits import audits, read
from lake.relations import SQL_ROOT, parse
from lake.tables import TABLES
from scorers.catalogue import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent


def keys(definitions: dg.Definitions) -> list[str]:
    return sorted(key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys())


def test_assets(definitions: dg.Definitions) -> None:
    assert [key for key in keys(definitions) if "scores/" not in key] == [
        "all_contamination",
        "all_evaluations",
        "all_samples",
        "all_scored",
        "contamination",
        "dataset_comparison",
        "dataset_lineage",
        "dataset_overlaps",
        "dataset_profile",
        "datasets",
        "embeddings",
        "evaluations",
        "exports",
        "findings",
        "leaderboard",
        "near_duplicates",
        "samples",
        "scored",
        "slices",
        "trainings",
    ]


def test_every_axis_is_an_asset_and_those_that_lack_something_are_part_of_nothing(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    shown = {key.path[-1]: graph.get(key) for key in graph.get_all_asset_keys() if len(key.path) == 2}
    assert set(shown) == set(catalogue().axes())
    lacking = shown["ppl"]
    assert not lacking.is_executable
    assert (lacking.description or "").startswith("Not measured here: needs the weights of qwen3-8b; oda doctor says")
    assert shown["q_clarity"].description.startswith("Not measured here: needs ")
    assert {name for name, node in shown.items() if node.is_executable and node.group_name == "scores"} >= {
        "mtld",
        "hdd",
    }
    wide = {key.path[-1] for key in graph.get(dg.AssetKey("scored")).parent_keys}
    assert wide == {name for name, node in shown.items() if node.is_executable and node.key.path[0] == "scores"}


def test_axes_of_vectors_follow_them_and_axes_of_texts_do_not(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in (["dataset_scores", "vendi"], ["scores", "knn_distance"]):
        node = graph.get(dg.AssetKey(key))
        assert node.parent_keys == {dg.AssetKey("embeddings")}
        assert node.assets_def.op.name == "scores_sets_of_vectors"
    alone = graph.get(dg.AssetKey(["dataset_scores", "apjs"]))
    assert alone.parent_keys == {dg.AssetKey("samples")}
    assert alone.assets_def.op.name == "scores_sets_of_texts"


def test_a_backfill_is_one_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    policies = {
        key.to_user_string(): node.backfill_policy
        for key in graph.get_all_asset_keys()
        if (node := graph.get(key)).is_executable and isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
    }
    assert len(policies) > 20
    assert set(policies.values()) == {dg.BackfillPolicy.single_run()}


def test_checks_of_datasets_and_slices_have_partitions(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    found = {key.name: graph.get(key).partitions_def for key in graph.asset_check_keys}
    assert (found["lost_rows"].name, found["benchmark_leaks"].name) == ("datasets", "slices")
    assert found["repeated_keys"] is None
    assert found["giant_clusters"] is None  # over all datasets at once, as its asset


def test_an_axis_is_described_by_its_scorer(definitions: dg.Definitions) -> None:
    node = definitions.resolve_asset_graph().get(dg.AssetKey(["scores", "mtld"]))
    assert "Mean length of word runs" in (node.description or "")
    assert node.group_name == "scores"
    assert node.code_version == "1"
    assert node.kinds == {"python"}
    assert (node.tags["scorer"], node.tags["engine"], node.tags["direction"]) == ("mtld", "heuristic", "higher")
    assert node.metadata["unit"].value == "words"
    assert node.metadata["range"].value == "0 to ∞"
    (reference,) = node.metadata["dagster/code_references"].code_references
    assert reference.file_path == str(ROOT / "scorers" / "heuristic" / "mtld.py")
    assert node.parent_keys == {dg.AssetKey("samples")}


def test_lineage_of_the_wide_table_and_of_what_follows(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    parents = {
        key: {parent.to_user_string() for parent in graph.get(dg.AssetKey(key)).parent_keys}
        for key in ("scored", "dataset_profile", "slices", "exports")
    }
    parents.pop("scored")
    assert parents == {"dataset_profile": {"scored"}, "slices": {"all_scored"}, "exports": {"slices"}}


def test_one_step_scores_all_axes_of_an_engine(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    node = graph.get(dg.AssetKey(["scores", "mtld"]))
    assert node.assets_def.can_subset
    assert node.assets_def.op.name == "scores_heuristic"
    assert node.assets_def.op.pool is None


def test_every_audit_is_part_of_a_check_of_the_asset_it_names_and_named_by_it(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    files = [read(parse(path.read_text(), name=path.stem)) for path in (SQL_ROOT / "audits").glob("*.sql")]
    of_keys = [audit for group in audits().values() for audit in group if audit.of_a_key]
    measured = {("near_duplicates", "near_duplicates_recall")}  # needs more than a query
    written = {(audit.asset.to_user_string(), audit.check or audit.name) for audit in (*files, *of_keys)}
    found = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert found == written | measured
    for audit in (*files, *of_keys):
        said = graph.get_check_spec(dg.AssetCheckKey(audit.asset, audit.check or audit.name)).description or ""
        assert audit.relation.grain in said
    assert ("slices", "benchmark_leaks") in found
    assert {audit.name for audit in files if audit.check == "faulty_scores"} == {
        "scores_without_sample", "unexplained_scores", "values_out_of_range",
    }  # fmt: skip


def test_every_key_of_every_stored_relation_is_audited(definitions: dg.Definitions) -> None:
    found = {audit.name: audit for group in audits().values() for audit in group if audit.of_a_key}
    assert found.keys() == {
        *(f"repeated_{table.name}" for table in TABLES if table.keys),
        "repeated_datasets_by_dataset_no",
    }
    graph = definitions.resolve_asset_graph()
    for name, audit in found.items():
        assert audit.check == ("repeated_keys" + (f"_by_{audit.grain}" if audit.grain else ""))
        said = graph.get_check_spec(dg.AssetCheckKey(audit.asset, audit.check)).description or ""
        assert audit.relation.grain in said
        assert audit.relation.inputs == (name.removeprefix("repeated_").removesuffix("_by_dataset_no"),)
    assert [table.name for table in TABLES if not table.keys] == ["exports"]


def test_a_check_is_of_audits_that_are_as_grave_as_each_other() -> None:
    told, held = (read(parse(f"-- audits: a\n-- blocking: {text}\nselect 1", name=text)) for text in ("false", "true"))
    with pytest.raises(ValueError, match="The audits of the check both differ in severity, blocking or partition"):
        Check("both", (told, held))


def test_audits_say_how_grave_a_finding_is() -> None:
    found = {
        audit.relation.name: (audit.severity.name, audit.blocking) for group in audits().values() for audit in group
    }
    assert found["benchmark_leaks"] == ("ERROR", True)
    assert found["many_rejects"] == ("WARN", False)
    assert found["repeated_scores"] == ("ERROR", False)


@pytest.mark.parametrize("header", ["", "-- severity: warn", "-- audits: samples\n-- severity: grave"])
def test_an_audit_that_does_not_say_what_it_checks_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match=r"sql/audits/odd\.sql needs a line"):
        read(parse(f"{header}\nselect 1", name="odd", subject="audits"))


def test_jobs_sensors_and_schedules(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {name for name in repository.job_names if not name.startswith("__")} == {
        "compaction",
        "dedup",
        "embed_and_measure",
        "ingest_and_score",
        "score",
        "slice_and_export",
        "slice_to_leaderboard",
    }
    assert {sensor.name: sensor.default_status.name for sensor in repository.sensor_defs} == {
        "automation": "STOPPED",
        "inbox": "RUNNING",
        "lake_contents": "RUNNING",
    }
    assert {schedule.name: schedule.default_status.name for schedule in repository.schedule_defs} == {
        "compaction_at_night": "STOPPED",
        "dedup_at_night": "STOPPED",
    }


WITHOUT_ROWS = {"dataset_comparison", "findings"}
"""Assets that are looked at in Dagster only: nothing of them is in the lake."""

VIEWS = {"all_scored", "dataset_profile", "leaderboard"}


def test_every_asset_says_who_owns_it_what_makes_it_and_where_its_rows_are(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node, name = graph.get(key), key.path[0]
        assert (list(node.owners), bool(node.kinds), bool(node.description)) == (["team:oda-lake"], True, True), key
        assert node.group_name != "default", key
        (code,) = node.metadata["dagster/code_references"].code_references
        assert Path(code.file_path).is_relative_to(ROOT), key
        if len(key.path) == 1 and node.is_executable:
            written = Path(code.file_path).read_text().splitlines()[code.line_number - 1 :]
            assert any(line.lstrip().startswith(f"def {name}(") for line in written[:20]), key
        assert ("dagster/table_name" in node.metadata) == (name not in WITHOUT_ROWS), key
        assert ("dagster/uri" in node.metadata) == (name not in WITHOUT_ROWS), key
        assert ("dagster/column_schema" in node.metadata) == (name not in WITHOUT_ROWS | VIEWS), key


def test_an_asset_names_its_relation_its_columns_and_where_they_come_from(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    wide = graph.get(dg.AssetKey("scored")).metadata
    assert wide["dagster/table_name"] == "lake.scored_axes"
    assert [column.name for column in wide["dagster/column_schema"].columns][:2] == ["sample_id", "dataset"]
    (dep,) = wide["dagster/column_lineage"].deps_by_column["mtld"]
    assert (dep.asset_key, dep.column_name) == (dg.AssetKey(["scores", "mtld"]), "value")
    assert graph.get(dg.AssetKey("slices")).metadata["dagster/uri"].endswith("catalog.sqlite#slices")
    axis = graph.get(dg.AssetKey(["scores", "mtld"])).metadata
    assert axis["dagster/table_name"] == "lake.scores"
    assert "value" in [column.name for column in axis["dagster/column_schema"].columns]
    assert graph.get(dg.AssetKey("dataset_lineage")).metadata["dagster/table_name"] == "lake.lineage_edges"
    assert graph.get(dg.AssetKey("trainings")).metadata["dagster/table_name"] == "lake.training_runs"
    assert graph.get(dg.AssetKey("dataset_profile")).metadata["dagster/uri"].endswith("#dataset_profile")


@pytest.mark.slow
def test_dagster_finds_nothing_wrong_with_the_definitions() -> None:
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "dagster_project.definitions"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Validation successful for code location dagster_project.definitions" in done.stderr + done.stdout


@pytest.mark.slow
def test_dg_finds_nothing_wrong_with_them_either() -> None:
    dg_command = Path(sys.executable).with_name("dg")
    done = subprocess.run(
        [dg_command, "check", "defs", "--use-active-venv"], cwd=ROOT, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_definitions_stay_small() -> None:
    text = (ROOT / "dagster_project" / "definitions.py").read_text()
    assert len(text.splitlines()) < 50
    assert not any(name in text for name in catalogue().names)


def test_without_the_programs_trainings_are_part_of_nothing_and_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("trl", "lm_eval"):
        monkeypatch.setitem(sys.modules, package, None)  # as where they are not installed
    from dagster_project.definitions import defs

    found = defs()
    graph = found.resolve_asset_graph()
    for name, lacks in (("trainings", "trl (the extra train)"), ("evaluations", "lm_eval (the extra evaluate)")):
        node = graph.get(dg.AssetKey(name))
        assert not node.is_executable
        assert node.group_name == "not_here"
        assert (node.description or "").startswith(f"Not made here: needs {lacks}.\n\n")
    assert graph.get(dg.AssetKey("leaderboard")).is_executable
    assert "slice_to_leaderboard" not in found.get_repository_def().job_names


def test_loading_the_project_imports_nothing_heavy() -> None:
    code = (  # modules and not seconds: machines differ
        "import sys; from dagster_project.definitions import defs; defs().get_repository_def(); "
        "print(sorted({'torch', 'numba', 'matplotlib', 'transformers', 'scipy', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_private_modules_of_dagster_are_imported_in_one_place_and_its_minor_version_is_bounded() -> None:
    using = {path.name for path in (ROOT / "dagster_project").rglob("*.py") if "dagster._" in path.read_text()}
    assert using == {"internals.py"}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert [each for each in wanted if each.startswith("dagster")] == [
        "dagster>=1.13.27,<1.14", "dagster-webserver>=1.13.27,<1.14",
    ]  # fmt: skip
