"""The schema of every stored relation, once, by room.

A column or table says since which migration it exists; `lake.migrations` derives its steps from that.
"""

from __future__ import annotations

from lake.tables.contamination import CONTAMINATION, CONTAMINATION_SCANS
from lake.tables.duplicates import DEDUP_RUNS, NEAR_DUPLICATE_PAIRS, NEAR_DUPLICATES, SIGNATURES
from lake.tables.judging import CALIBRATED_MEANS, CALIBRATIONS, JUDGEMENTS, VERDICTS
from lake.tables.lineage import (
    LINEAGE_CLAIMS,
    LINEAGE_DOCUMENTS,
    LINEAGE_EDGES,
    LINEAGE_NODES,
    LINEAGE_READINGS,
    LINEAGE_REVIEWS,
)
from lake.tables.overlap import DATASET_OVERLAPS, DATASET_REDUNDANCY, OVERLAP_RUNS, PROMPT_KEYS
from lake.tables.runs import EVALUATION_ITEMS, EVALUATIONS, PUBLISHED_SCORES, TRAINING_LOSSES, TRAINING_RUNS
from lake.tables.samples import DATASETS, REJECTS, SAMPLES
from lake.tables.schema import Column, Table
from lake.tables.scores import DATASET_SCORES, EMBEDDINGS, SCORED_AXES, SCORES
from lake.tables.signals import COMPARISONS, GRADIENT_SIGNALS, RATINGS, REWARDS, STATE_SPECTRA, TOKEN_SIGNALS
from lake.tables.slices import EXPORTS, SLICE_EXCLUSIONS, SLICE_MEMBERS, SLICES
from lake.tables.upkeep import MIGRATIONS, SEQUENCES

__all__ = [
    "CALIBRATED_MEANS",
    "CALIBRATIONS",
    "COMPARISONS",
    "CONTAMINATION",
    "CONTAMINATION_SCANS",
    "DATASETS",
    "DATASET_OVERLAPS",
    "DATASET_REDUNDANCY",
    "DATASET_SCORES",
    "DEDUP_RUNS",
    "EMBEDDINGS",
    "EVALUATIONS",
    "EVALUATION_ITEMS",
    "EXPORTS",
    "GRADIENT_SIGNALS",
    "JUDGEMENTS",
    "LINEAGE_CLAIMS",
    "LINEAGE_DOCUMENTS",
    "LINEAGE_EDGES",
    "LINEAGE_NODES",
    "LINEAGE_READINGS",
    "LINEAGE_REVIEWS",
    "MIGRATIONS",
    "NEAR_DUPLICATES",
    "NEAR_DUPLICATE_PAIRS",
    "OVERLAP_RUNS",
    "PROMPT_KEYS",
    "PUBLISHED_SCORES",
    "RATINGS",
    "REJECTS",
    "REWARDS",
    "SAMPLES",
    "SCORED_AXES",
    "SCORES",
    "SEQUENCES",
    "SIGNATURES",
    "SLICES",
    "SLICE_EXCLUSIONS",
    "SLICE_MEMBERS",
    "STATE_SPECTRA",
    "STATUSES",
    "TABLES",
    "TOKEN_SIGNALS",
    "TRAINING_LOSSES",
    "TRAINING_RUNS",
    "VERDICTS",
    "Column",
    "Table",
]

TABLES: tuple[Table, ...] = (
    DATASETS,
    SAMPLES,
    REJECTS,
    SCORES,
    SCORED_AXES,
    EMBEDDINGS,
    TOKEN_SIGNALS,
    RATINGS,
    COMPARISONS,
    REWARDS,
    GRADIENT_SIGNALS,
    STATE_SPECTRA,
    DATASET_SCORES,
    SIGNATURES,
    NEAR_DUPLICATE_PAIRS,
    NEAR_DUPLICATES,
    DEDUP_RUNS,
    JUDGEMENTS,
    VERDICTS,
    CALIBRATIONS,
    CALIBRATED_MEANS,
    PROMPT_KEYS,
    DATASET_OVERLAPS,
    DATASET_REDUNDANCY,
    OVERLAP_RUNS,
    LINEAGE_DOCUMENTS,
    LINEAGE_READINGS,
    LINEAGE_CLAIMS,
    LINEAGE_REVIEWS,
    LINEAGE_EDGES,
    LINEAGE_NODES,
    CONTAMINATION,
    CONTAMINATION_SCANS,
    SLICES,
    SLICE_MEMBERS,
    SLICE_EXCLUSIONS,
    EXPORTS,
    TRAINING_RUNS,
    TRAINING_LOSSES,
    EVALUATIONS,
    EVALUATION_ITEMS,
    PUBLISHED_SCORES,
    SEQUENCES,
    MIGRATIONS,
)

STATUSES = ("ok", "not_applicable", "too_long", "failed", "unparsable")
"""What `scores.status` may say; every one but `ok` comes with a NULL value and a reason."""
