"""Trainings, evaluations, and results that others published."""

from __future__ import annotations

from lake.tables.schema import Column, Table

TRAINING_RUNS = Table(
    "training_runs",
    "One row per model that is evaluated: trained on a slice or dataset, or given (a base or an instruct model).",
    (
        Column(
            "run",
            "VARCHAR",
            "id: hash of slice, recipe, base model and seed; for imported runs a readable name",
            since=7,
        ),
        Column("role", "VARCHAR", "trained, base or instruct", since=7),
        Column("subject", "VARCHAR", "slice or dataset it was trained on; the model itself where it was not", since=7),
        Column("subject_hash", "VARCHAR", "hash of the slice; NULL where it is not known", since=7),
        Column("base", "VARCHAR", "base model", since=7),
        Column("recipe", "VARCHAR", "recipe of training; NULL for a model that was not trained", since=7),
        Column("seed", "BIGINT", "seed of the training; NULL where it is not known", since=7),
        Column("origin", "VARCHAR", "where results come from: lake, or the name of an import", since=7),
        Column("backend", "VARCHAR", "what trained it: trl, llamafactory; NULL for others", since=7),
        Column("settings", "JSON", "every setting of the training, or what the import says besides", since=7),
        Column("status", "VARCHAR", "finished, failed or imported", since=7),
        Column("detail", "VARCHAR", "reason when it failed", since=7),
        Column("rows", "BIGINT", "samples it was trained on", since=7),
        Column("tokens", "BIGINT", "tokens of those samples, each once; NULL where it is not known", since=7),
        Column("trained_tokens", "BIGINT", "tokens that passed through the training, all epochs", since=7),
        Column("steps", "BIGINT", "optimizer steps", since=7),
        Column("loss", "DOUBLE", "mean loss of the training", since=7),
        Column("seconds", "DOUBLE", "time of the training", since=7),
        Column("energy", "DOUBLE", "energy of the training in kWh; NULL where it is not known", since=7),
        Column("price", "DOUBLE", "price of the training; NULL where no price of an hour was given", since=7),
        Column("path", "VARCHAR", "folder of the model, or its name", since=7),
        Column("finished", "TIMESTAMP", "when it was over, or imported, UTC", since=7),
    ),
    since=7,
    keys=(("run",),),
)

TRAINING_LOSSES = Table(
    "training_losses",
    "One row per run and logged step: the loss.",
    (
        Column("run", "VARCHAR", "run it belongs to", since=7),
        Column("step", "BIGINT", "optimizer step", since=7),
        Column("epoch", "DOUBLE", "epochs done", since=7),
        Column("loss", "DOUBLE", "mean loss since the step logged before", since=7),
        Column("learning_rate", "DOUBLE", "learning rate at the step", since=7),
        Column("grad_norm", "DOUBLE", "norm of the gradient at the step", since=7),
    ),
    since=7,
    keys=(("run", "step"),),
)

EVALUATIONS = Table(
    "evaluations",
    "One row per run, benchmark, metric and repeat: a value, or NULL with a status.",
    (
        Column("run", "VARCHAR", "run evaluated", since=7),
        Column("benchmark", "VARCHAR", "benchmark, e.g. gsm8k", since=7),
        Column("metric", "VARCHAR", "what was measured, e.g. accuracy", since=7),
        Column("repeat", "INTEGER", "which of several evaluations of one model, from 0", since=7),
        Column("counted", "BOOLEAN", "whether this metric stands for the benchmark in means", since=7),
        Column("domain", "VARCHAR", "domain of the benchmark in the catalogue of benchmarks", since=7),
        Column("source_domain", "VARCHAR", "domain under which the source of an import counts it", since=7),
        Column("value", "DOUBLE", "score in points, 0 to 100; NULL unless status is ok", since=7),
        Column("status", "VARCHAR", "ok, missing or failed", since=7),
        Column("detail", "VARCHAR", "reason when there is no value", since=7),
        Column("n", "BIGINT", "items evaluated; NULL where it is not known", since=7),
        Column("stderr", "DOUBLE", "standard error over items as the harness gives it, in points", since=7),
        Column("harness", "VARCHAR", "program that evaluated, with its version", since=7),
        Column("settings", "JSON", "task, decoding, shots and verifier", since=7),
        Column("created", "TIMESTAMP", "when it was evaluated or imported, UTC", since=7),
    ),
    since=7,
    keys=(("run", "benchmark", "metric", "repeat"),),
)

EVALUATION_ITEMS = Table(
    "evaluation_items",
    "One row per run, benchmark, repeat and item: what came of it, by the metric that is counted.",
    (
        Column("run", "VARCHAR", "run evaluated", since=7),
        Column("benchmark", "VARCHAR", "benchmark the item belongs to", since=7),
        Column("repeat", "INTEGER", "which of several evaluations of one model, from 0", since=7),
        Column("item", "VARCHAR", "the item: equal for every model", since=7),
        Column(
            "item_group",
            "VARCHAR",
            "items that belong together, e.g. questions on one passage; the item where alone",
            since=7,
        ),
        Column(
            "instruction_id",
            "UUID",
            "identity of its question, as samples have it; NULL where it is not known",
            since=7,
        ),
        Column("outcome", "DOUBLE", "0 wrong to 1 right; NULL where it could not be judged", since=7),
        Column("answer", "VARCHAR", "what the model answered; NULL where it is not kept", since=7),
    ),
    partitioned_by=("benchmark",),
    since=7,
    keys=(("run", "benchmark", "repeat", "item"),),
)

PUBLISHED_SCORES = Table(
    "published_scores",
    "One row per import, subject and axis: a mean published elsewhere, or NULL where it was not measured.",
    (
        Column("origin", "VARCHAR", "name of the import", since=7),
        Column("subject", "VARCHAR", "dataset measured", since=7),
        Column("axis", "VARCHAR", "axis as the source names it", since=7),
        Column("value", "DOUBLE", "mean over the dataset; NULL unless status is ok", since=7),
        Column("status", "VARCHAR", "ok or missing", since=7),
        Column("detail", "VARCHAR", "reason when there is no value", since=7),
    ),
    since=7,
    keys=(("origin", "subject", "axis"),),
)
