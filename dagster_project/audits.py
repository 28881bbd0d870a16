"""The audits of `sql/audits/` and of the keys of stored relations: queries of offending rows, none registered by hand.

Beside the header of every relation an audit says what it checks:

    -- audits: samples           (the asset)
    -- partition: dataset        (a partition of the check: a parameter and a column; none: the whole lake)
    -- severity: warn            (error where it is left out)
    -- blocking: true            (what is made from the partition is held back; false where it is left out)
    -- way out: drop the rows    (what can be done about it, for the check's message)
    -- check: faulty_samples     (the check it is a part of, with others as grave; one of its own where it is left out)

An audit may declare any of the parameters axes, minima and maxima (of the catalogue, unbounded as NULL) besides; they
are bound from the run. Other parameters need a default: it is the threshold of the audit.
"""

from __future__ import annotations

import re
from collections import defaultdict

import dagster as dg

from dagster_project.audit import Audit, Check
from lake import keys
from lake.relations import Relation, catalogue
from lake.tables import TABLES

SUBJECT = "audits"
_LINE = re.compile(r"--\s*(audits|partition|severity|blocking|way out|check)\s*:\s*(.+?)\s*")

_KEYED = {
    "samples": ("datasets", "samples", "rejects", "sequences", "schema_migrations"),
    "scored": (
        "scores",
        "scored_axes",
        "dataset_scores",
        "token_signals",
        "ratings",
        "comparisons",
        "rewards",
        "gradient_signals",
        "state_spectra",
        "judgements",
        "verdicts",
        "calibrations",
        "calibrated_means",
    ),
    "embeddings": ("embeddings",),
    "near_duplicates": ("signatures", "near_duplicate_pairs", "near_duplicates", "dedup_runs"),
    "dataset_overlaps": ("prompt_keys", "dataset_overlaps", "dataset_redundancy", "overlap_runs"),
    "dataset_lineage": (
        "lineage_documents",
        "lineage_readings",
        "lineage_claims",
        "lineage_reviews",
        "lineage_edges",
        "lineage_nodes",
    ),
    "contamination": ("contamination", "contamination_scans"),
    "slices": ("slices", "slice_members", "slice_exclusions"),
    "trainings": ("training_runs", "training_losses"),
    "evaluations": ("evaluations", "evaluation_items", "published_scores"),
}
"""Stored relations whose keys are audited, by the asset whose steps write them."""

_WAY_OUT = "Remove exact doubles with: oda doctor --repair."


def audits() -> dict[dg.AssetKey, list[Audit]]:
    """Every audit of `sql/audits/` and of the keys of stored relations, by the asset it checks."""
    found: dict[dg.AssetKey, list[Audit]] = defaultdict(list)
    for relation in catalogue().values():
        if relation.subject == SUBJECT:
            audit = read(relation)
            found[audit.asset].append(audit)
    tables = {table.name: table for table in TABLES}
    for asset, names in _KEYED.items():
        for table in (tables[name] for name in names):
            found[dg.AssetKey(asset)] += [_of_key(asset, keys.audit(table, key)) for key in table.keys]
    return dict(found)


def checks() -> dict[dg.AssetKey, list[Check]]:
    """Every audit in the check that it is a part of, by the asset they check; raises ValueError where some disagree."""
    found: dict[dg.AssetKey, list[Check]] = {}
    for asset, group in audits().items():
        together: dict[str, list[Audit]] = defaultdict(list)
        for audit in group:
            together[audit.check or audit.name].append(audit)
        found[asset] = [Check(name, tuple(members)) for name, members in together.items()]
    return found


def _of_key(asset: str, relation: Relation) -> Audit:
    """The audit of a key; all keys of an asset that are audited in the same partitions are one check."""
    grain = relation.parameters[0].name.removesuffix("s") if relation.parameters else ""
    return Audit(
        relation,
        dg.AssetKey(asset),
        dg.AssetCheckSeverity.ERROR,
        blocking=False,
        grain=grain,
        way_out=_WAY_OUT,
        check="repeated_keys" + (f"_by_{grain}" if grain else ""),
        of_a_key=True,
    )


def read(relation: Relation) -> Audit:
    """The audit a relation declares; raises ValueError for a file that does not say what it checks."""
    lines = [found for line in relation.sql.splitlines() if (found := _LINE.fullmatch(line))]
    said = {found[1]: found[2] for found in lines}
    severity = said.get("severity", "error").upper()
    if "audits" not in said or severity not in dg.AssetCheckSeverity.__members__:
        raise ValueError(
            f"sql/audits/{relation.name}.sql needs a line '-- audits: ASSET' and a severity error or warn."
        )
    grain = said.get("partition", "")
    if grain and f"{grain}s" not in {parameter.name for parameter in relation.parameters}:
        raise ValueError(f"sql/audits/{relation.name}.sql is divided by {grain!r} and has no such parameter.")
    return Audit(
        relation=relation,
        asset=dg.AssetKey(said["audits"].split("/")),
        severity=dg.AssetCheckSeverity[severity],
        blocking=said.get("blocking") == "true",
        grain=grain,
        way_out=said.get("way out", ""),
        check=said.get("check", ""),
    )
