"""The schema of every stored relation, once: columns, types, comments, partitioning, Arrow form.

A column or table says since which migration it exists; `lake.migrations` derives its steps from that.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

_ARROW_TYPES: dict[str, pa.DataType] = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "FLOAT[]": pa.list_(pa.float32()),
    "BOOLEAN[]": pa.list_(pa.bool_()),
    "BIGINT[]": pa.list_(pa.int64()),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "UUID": pa.uuid(),
    "JSON": pa.json_(),
}


@dataclass(frozen=True)
class Column:
    """One stored column: SQL type, meaning, and the migration that introduced it.

    - was: the migration that gave it this type, and the type before.
    """

    name: str
    type: str
    comment: str
    since: int = 1
    was: tuple[int, str] | None = None

    def type_at(self, version: int) -> str:
        """The SQL type in a lake of that schema version."""
        return self.was[1] if self.was and version < self.was[0] else self.type


@dataclass(frozen=True)
class Table:
    """One stored relation: grain in the comment, columns in order, partition keys.

    - keys: columns whose values no two rows share, the grain first; none where rows may repeat.
    - decided_by: of rows derived from a sample, the columns of samples that they depend on: where a dataset is
      replaced, samples that equal an old one in these keep its rows. None: such rows are made again.
    - was_partitioned_by: the migration that gave it these partitions, and those before.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    partitioned_by: tuple[str, ...] = ()
    since: int = 1
    keys: tuple[tuple[str, ...], ...] = ()
    decided_by: tuple[str, ...] = ()
    was_partitioned_by: tuple[int, tuple[str, ...]] | None = None

    def partitions_at(self, version: int) -> tuple[str, ...]:
        """The partition keys of new files in a lake of that schema version."""
        was = self.was_partitioned_by
        return was[1] if was and version < was[0] else self.partitioned_by

    @property
    def arrow_schema(self) -> pa.Schema:
        """The relation as an Arrow schema, in column order."""
        return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in column order."""
        return tuple(column.name for column in self.columns)


DATASETS = Table(
    "datasets",
    "One row per dataset in the lake.",
    (
        Column("dataset", "VARCHAR", "name, unique in the lake"),
        Column("dataset_no", "BIGINT", "number that prefixes the sample ids of the dataset"),
        Column("kind", "VARCHAR", "train or benchmark"),
        Column("domains", "VARCHAR[]", "subject areas, e.g. math, code, general"),
        Column("source", "VARCHAR", "where it was read from: path, glob or hf:// uri"),
        Column("revision", "VARCHAR", "revision of the source, where it has one"),
        Column("fingerprint", "VARCHAR", "hash of the source bytes, settings and description; equal = unchanged"),
        Column("license", "VARCHAR", "licence as stated by the source"),
        Column("released", "DATE", "release date of the source"),
        Column("parents", "VARCHAR[]", "datasets it is declared to be made from"),
        Column("card", "VARCHAR", "card text (Markdown)"),
        Column("format", "VARCHAR", "native format it was read as"),
        Column("mapping", "JSON", "columns given by hand, field to column"),
        Column("rows", "BIGINT", "samples held"),
        Column("rejected", "BIGINT", "source rows that could not become samples"),
        Column("source_bytes", "BIGINT", "size of the source files in bytes"),
        Column("ingested", "TIMESTAMP", "when it was read, UTC"),
    ),
    keys=(("dataset",), ("dataset_no",)),
)

SAMPLES = Table(
    "samples",
    "One row per sample: a row of a dataset in canonical form.",
    (
        Column("sample_id", "BIGINT", "dataset_no * 2^32 + row_no"),
        Column("dataset", "VARCHAR", "dataset the row belongs to"),
        Column("row_no", "BIGINT", "position of the source row in the dataset, from 0"),
        Column("content_id", "UUID", "XXH3-128 of roles and texts (NFC): equal content, equal id"),
        Column("instruction_id", "UUID", "XXH3-128 of the normalised prompt (NFKC, lower case, collapsed white space)"),
        Column("system", "VARCHAR", "system prompt, if any"),
        Column(
            "instruction",
            "VARCHAR",
            "prompt; for several turns, the conversation before the last answer with role tags",
        ),
        Column("response", "VARCHAR", "last answer, reasoning included; NULL where the source has none"),
        Column("messages", "JSON", "original turns, only for several turns or tools"),
        Column("reference_answer", "VARCHAR", "short gold answer, if any"),
        Column("rejected_response", "VARCHAR", "the answer not preferred, for preference pairs"),
        Column("meta", "JSON", "every source column not held elsewhere"),
        Column("split", "VARCHAR", "split of the source, if any"),
        Column("n_turns", "INTEGER", "assistant turns, an expected answer included"),
    ),
    partitioned_by=("dataset",),
    keys=(("sample_id",),),
)

REJECTS = Table(
    "rejects",
    "One row per source row that could not become a sample.",
    (
        Column("dataset", "VARCHAR", "dataset the row would have belonged to"),
        Column("file", "VARCHAR", "file it stands in, relative to the source"),
        Column("location", "VARCHAR", "where in the file: line, record or row, and byte offset where known"),
        Column("row_no", "BIGINT", "position of the source row in the dataset, from 0"),
        Column("reason", "VARCHAR", "why it could not become a sample"),
        Column("raw", "BLOB", "its bytes, at most the first 4,096"),
    ),
    partitioned_by=("dataset",),
    keys=(("dataset", "row_no"),),
)

SCORES = Table(
    "scores",
    "One row per sample and axis: a value, or NULL with a status.",
    (
        Column("sample_id", "BIGINT", "sample scored"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("axis", "VARCHAR", "axis, e.g. mtld"),
        Column("scorer_version", "VARCHAR", "version of the scorer that produced it"),
        Column(
            "value",
            "DOUBLE",
            "score; NULL unless status is ok; whole numbers are exact up to 2^53",
            was=(6, "FLOAT"),
        ),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable"),
        Column("detail", "VARCHAR", "reason when there is no value"),
    ),
    partitioned_by=("dataset",),
    was_partitioned_by=(6, ("axis", "dataset")),
    keys=(("sample_id", "axis"),),
    decided_by=("content_id", "reference_answer", "rejected_response"),
)

SCORED_AXES = Table(
    "scored_axes",
    "One row per scored sample, one DOUBLE column per axis; refreshed from scores, read through the view scored.",
    (
        Column("sample_id", "BIGINT", "sample scored"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
    ),
    partitioned_by=("dataset",),
    keys=(("sample_id",),),
)

EMBEDDINGS = Table(
    "embeddings",
    "One row per sample and embedding model: a vector, or NULL where the sample has no text.",
    (
        Column("sample_id", "BIGINT", "sample embedded", since=3),
        Column("dataset", "VARCHAR", "dataset of the sample", since=3),
        Column("model", "VARCHAR", "embedding model, as named in the settings", since=3),
        Column("revision", "VARCHAR", "hash of the model's weights and settings", since=3),
        Column("vector", "FLOAT[]", "what the model makes of instruction and response, joined by a line feed", since=3),
    ),
    partitioned_by=("dataset",),
    since=3,
    keys=(("sample_id", "model"),),
    decided_by=("content_id",),
)

_SIGNAL = (
    Column("signal", "VARCHAR", "what was asked of which model, e.g. text@qwen3-8b", since=7),
    Column("version", "VARCHAR", "version of the question, revision of the model, engine and number type", since=7),
    Column("status", "VARCHAR", "ok, not_applicable, too_long or failed", since=7),
    Column("detail", "VARCHAR", "why there are no values", since=7),
    Column("tokens", "INTEGER", "tokens that the values are of", since=7),
    Column("cut", "INTEGER", "tokens of the content that were left out, so that the rest fitted", since=7),
)
"""Columns of every relation of signals of models, between the key and the values."""

_CONTENT = Column("content_id", "UUID", "content of the samples that were read", since=7)

TOKEN_SIGNALS = Table(
    "token_signals",
    "One row per content, question and causal model: log-probabilities (nats) of its tokens, summed up.",
    (
        _CONTENT,
        *_SIGNAL,
        Column(
            "log_probability", "DOUBLE", "sum of ln p(token) over the text; NULL where only the answer counts", since=7
        ),
        Column("entropy", "DOUBLE", "sum of the entropies of the distributions that predict its tokens", since=7),
        Column("answer_tokens", "INTEGER", "tokens of the answer; NULL where there is none", since=7),
        Column("answer_log_probability", "DOUBLE", "sum of ln p(token) over the answer", since=7),
        Column("answer_entropy", "DOUBLE", "sum of the entropies over the answer", since=7),
        Column("answer_threshold", "DOUBLE", "the 99.5th percentile of the entropies of the answer", since=7),
        Column("answer_top_entropy", "DOUBLE", "sum of the entropies at or above it", since=7),
        Column("answer_top_tokens", "INTEGER", "how many those are", since=7),
        Column("answer_uncertainty", "DOUBLE", "sum of sigmoid(-ln p) max(0, 1 - entropy / ln vocabulary)", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

RATINGS = Table(
    "ratings",
    "One row per content, question and model: log-probabilities (nats) of possible next tokens.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("log_probabilities", "FLOAT[]", "of the candidates, prompt after prompt", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

COMPARISONS = Table(
    "comparisons",
    "One row per sample, question and model, of what is compared with a reference answer or a context.",
    (
        Column("sample_id", "BIGINT", "sample that was read", since=7),
        Column("dataset", "VARCHAR", "dataset of the sample", since=7),
        *_SIGNAL,
        Column("log_probabilities", "FLOAT[]", "of the candidates, prompt after prompt", since=7),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "signal"),),
)

REWARDS = Table(
    "rewards",
    "One row per content, form of the text and reward model or classifier: the raw outputs of its head.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("pieces", "INTEGER", "pieces the text was read in; values are their mean by tokens", since=7),
        Column("values", "FLOAT[]", "one for each output, without softmax or sigmoid", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

GRADIENT_SIGNALS = Table(
    "gradient_signals",
    "One row per content, question and causal model: what the gradient of its loss is like.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("loss", "DOUBLE", "mean -ln p(token) over the answer", since=7),
        Column("norm", "DOUBLE", "Euclidean norm of the gradient of the loss over all parameters", since=7),
        *(
            Column(f"{name}_{matrix}", "DOUBLE", f"{title} of the gradient of the {of} projection", since=7)
            for name, title in (("effective_rank", "effective rank"), ("nuclear_norm", "nuclear norm"))
            for matrix, of in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "output"))
        ),
        Column("fisher", "FLOAT[]", "diagonal Fisher information of the bias of the last norm", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

STATE_SPECTRA = Table(
    "state_spectra",
    "One row per content and embedding model: the spectrum of the last hidden states of its tokens.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("entropy", "DOUBLE", "entropy (nats) of the shares of the singular values", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

DATASET_SCORES = Table(
    "dataset_scores",
    "One row per dataset and axis measured over whole datasets; for an axis of samples, its mean.",
    (
        Column("dataset", "VARCHAR", "dataset scored"),
        Column("axis", "VARCHAR", "axis, e.g. vendi"),
        Column("scorer_version", "VARCHAR", "version of the scorer that produced it"),
        Column("value", "DOUBLE", "score; NULL unless status is ok"),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable"),
        Column("n", "BIGINT", "samples it was computed from"),
        Column("coverage", "DOUBLE", "n divided by the samples of the dataset"),
        Column("parameters", "JSON", "settings it was computed with"),
        Column("detail", "VARCHAR", "reason when there is no value"),
        Column("facts", "JSON", "further results: intervals, counts, the same measure in other units", since=3),
        Column("fingerprint", "VARCHAR", "hash of the samples and vectors it was computed from", since=3),
    ),
    keys=(("dataset", "axis"),),
)

SIGNATURES = Table(
    "signatures",
    "One row per sample, view and parameters: its MinHash signature.",
    (
        Column("sample_id", "BIGINT", "sample signed"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("view", "VARCHAR", "text signed: sample, instruction or response"),
        Column("parameters", "VARCHAR", "hash of everything a signature depends on"),
        Column("shingles", "INTEGER", "shingles of the text, repeats included; 0 for a text shorter than one"),
        Column("whole", "BIGINT", "hash of the text up to case and white space; NULL for an empty text"),
        *(
            Column(
                f"lane_{lane:02}",
                "BIGINT",
                f"permutations {8 * lane} to {8 * lane + 7}, a byte each, the first lowest; NULL where not used",
            )
            for lane in range(16)
        ),
    ),
    partitioned_by=("view", "dataset"),
    since=2,
    keys=(("sample_id", "view", "parameters"),),
)

NEAR_DUPLICATE_PAIRS = Table(
    "near_duplicate_pairs",
    "One row per verified pair of near-duplicates of a view.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("sample_id", "BIGINT", "the earlier sample"),
        Column("dataset", "VARCHAR", "its dataset"),
        Column("other_id", "BIGINT", "the later sample"),
        Column("other_dataset", "VARCHAR", "its dataset"),
        Column("jaccard", "FLOAT", "exact Jaccard index of the shingles of both; NULL in the view meaning"),
        Column("estimate", "FLOAT", "what the signatures say of it"),
        Column("shared_bands", "INTEGER", "bands of the signatures that agree"),
        Column("cosine", "FLOAT", "cosine of the embeddings of both, in the view meaning; NULL in others", since=4),
    ),
    partitioned_by=("view",),
    since=2,
    keys=(("view", "sample_id", "other_id"),),
)

NEAR_DUPLICATES = Table(
    "near_duplicates",
    "One row per view and sample that another one stands for.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("sample_id", "BIGINT", "sample that is not the survivor of its cluster"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("cluster", "BIGINT", "smallest sample id of the cluster"),
        Column("survivor_id", "BIGINT", "sample that stands for it"),
        Column("survivor_dataset", "VARCHAR", "dataset of the survivor"),
        Column("similarity", "FLOAT", "Jaccard index (or cosine) with the survivor; NULL where only others link them"),
        Column("reason", "VARCHAR", "exact (equal text), near (a verified pair) or chain (linked through others)"),
    ),
    partitioned_by=("view",),
    since=2,
    keys=(("view", "sample_id"),),
)

DEDUP_RUNS = Table(
    "dedup_runs",
    "One row per view: the run that near_duplicates comes from.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("parameters", "JSON", "every parameter with its value, bands and rows included"),
        Column("signed", "JSON", "samples compared, by dataset"),
        Column("last_id", "BIGINT", "largest sample id compared"),
        Column("report", "JSON", "what was found: hot buckets, loss by dataset, largest clusters, flags"),
        Column("created", "TIMESTAMP", "when, UTC"),
    ),
    since=2,
    keys=(("view",),),
)

JUDGEMENTS = Table(
    "judgements",
    "One row per content, question and judge: what the judge answered, or why there is no answer.",
    (
        Column("content_id", "UUID", "content of the samples asked about", since=7),
        Column("judgement", "VARCHAR", "question and judge, e.g. judge_q@qwen3-8b", since=7),
        Column("version", "VARCHAR", "hash of the question, revision and settings of the judge", since=7),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable", since=7),
        Column("detail", "VARCHAR", "reason when there is no answer", since=7),
        Column("answer", "JSON", "the answer as read; NULL unless status is ok", since=7),
        Column("raw", "VARCHAR", "the last answer as it was generated; NULL where none was", since=7),
        Column("attempts", "INTEGER", "times the judge was asked: 2 where the first answer could not be read", since=7),
        Column("prompt_tokens", "BIGINT", "tokens read, over all attempts", since=7),
        Column("completion_tokens", "BIGINT", "tokens written, over all attempts", since=7),
    ),
    since=7,
    keys=(("content_id", "judgement"),),
)

VERDICTS = Table(
    "verdicts",
    "One row per sample and way to check: how many generated answers agree with its reference answer.",
    (
        Column("sample_id", "BIGINT", "sample whose reference answer was compared", since=7),
        Column("dataset", "VARCHAR", "dataset of the sample", since=7),
        Column("verdict", "VARCHAR", "how it was checked and whose answers, e.g. check@qwen3-8b", since=7),
        Column("version", "VARCHAR", "version of the check and of the answers", since=7),
        Column("status", "VARCHAR", "ok, not_applicable, failed or unparsable", since=7),
        Column("detail", "VARCHAR", "reason when nothing could be decided", since=7),
        Column("right", "INTEGER", "answers that agree; NULL unless status is ok", since=7),
        Column("attempts", "INTEGER", "answers that were compared", since=7),
        Column("verifier", "VARCHAR", "exact, mathematics, program or judge", since=7),
        Column("agreed", "BOOLEAN[]", "answer by answer", since=7),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "verdict"),),
)

CALIBRATIONS = Table(
    "calibrations",
    "One row per axis and version that was compared with labels.",
    (
        Column("axis", "VARCHAR", "axis, e.g. qa_correctness", since=7),
        Column("scorer_version", "VARCHAR", "version of the scores compared", since=7),
        Column("against", "VARCHAR", "where the labels come from: a file, or another axis", since=7),
        Column("labels_hash", "VARCHAR", "hash of samples and labels", since=7),
        Column("n", "BIGINT", "samples with a label and a score", since=7),
        Column(
            "kappa", "DOUBLE", "quadratic weighted kappa of label and score; NULL where chance agrees fully", since=7
        ),
        Column("alpha", "DOUBLE", "Krippendorff's alpha, interval, of all raters and the judge", since=7),
        Column("youden", "DOUBLE", "Youden's J at the threshold; NULL where one side has no label", since=7),
        Column("report", "JSON", "everything that was measured: agreement, confusion, biases, parameters", since=7),
        Column("created", "TIMESTAMP", "when, UTC", since=7),
    ),
    since=7,
    keys=(("axis", "scorer_version"),),
)

CALIBRATED_MEANS = Table(
    "calibrated_means",
    "One row per calibrated axis, dataset and method: its mean as labels of all samples would give it.",
    (
        Column("axis", "VARCHAR", "axis, e.g. qa_correctness", since=7),
        Column("scorer_version", "VARCHAR", "version of the scores", since=7),
        Column("dataset", "VARCHAR", "dataset", since=7),
        Column(
            "method", "VARCHAR", "mean (PPI++) or share (Rogan-Gladen, of samples at or above the threshold)", since=7
        ),
        Column("value", "DOUBLE", "corrected estimate; NULL where there are too few labels", since=7),
        Column("low", "DOUBLE", "lower end of its interval", since=7),
        Column("high", "DOUBLE", "upper end of its interval", since=7),
        Column("raw", "DOUBLE", "what the judge alone says", since=7),
        Column("labelled", "BIGINT", "samples of the dataset with a label", since=7),
        Column("unlabelled", "BIGINT", "samples of the dataset with a score only", since=7),
        Column("trust", "DOUBLE", "weight given to the judge: lambda of PPI++, or Youden's J", since=7),
        Column("detail", "VARCHAR", "reason when there is no estimate", since=7),
    ),
    since=7,
    keys=(("axis", "scorer_version", "dataset", "method"),),
)

PROMPT_KEYS = Table(
    "prompt_keys",
    "One row per sample: hashes by which its prompt and answer are compared with others, not by their exact letters.",
    (
        Column("sample_id", "BIGINT", "sample"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("view", "VARCHAR", "always prompt: of several turns the first of the user"),
        Column("version", "VARCHAR", "hash of everything that the keys depend on"),
        Column("words", "INTEGER", "words of the prompt"),
        Column("letters", "BIGINT", "hash of its words in order; NULL for under 8 letters and digits"),
        Column("answer", "BIGINT", "the same of the answer"),
        Column("wide", "BOOLEAN", "whether the prompt is mostly in letters beyond Latin ones"),
        Column("runs", "BIGINT[]", "hashes of some of its runs of five words, distinct: any 8 words in a row hold one"),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "view", "version"),),
    decided_by=("content_id",),
)

DATASET_OVERLAPS = Table(
    "dataset_overlaps",
    "One row per ordered pair of datasets and measure: how much of the first is found in the second.",
    (
        Column("dataset", "VARCHAR", "dataset looked at"),
        Column("other", "VARCHAR", "dataset its rows are looked for in"),
        Column("measure", "VARCHAR", "what equal means: content, instruction, letters, runs, near_instruction, …"),
        Column("rows", "BIGINT", "rows of the dataset that can be compared; word runs for runs, pairs for answers"),
        Column("found", "BIGINT", "those of them that the other has"),
        Column("containment", "DOUBLE", "found / rows"),
        Column("low", "DOUBLE", "lower end of its 95 % interval; equal to it where everything was compared"),
        Column("high", "DOUBLE", "upper end"),
        Column("keys", "BIGINT", "distinct keys that both have"),
        Column("jaccard", "DOUBLE", "distinct keys of both / distinct keys of either"),
        Column("similarity", "DOUBLE", "for answers: mean share of an answer's word runs that the other's has"),
    ),
    since=7,
    keys=(("dataset", "other", "measure"),),
)

DATASET_REDUNDANCY = Table(
    "dataset_redundancy",
    "One row per dataset and measure: what it repeats, and what others have too.",
    (
        Column("dataset", "VARCHAR", "dataset"),
        Column("measure", "VARCHAR", "what equal means, as in dataset_overlaps"),
        Column("rows", "BIGINT", "rows that can be compared; word runs for runs"),
        Column("keys", "BIGINT", "distinct ones"),
        Column("elsewhere", "BIGINT", "rows that some other dataset has too"),
        Column("parts", "BIGINT", "rows found in smaller datasets of which it holds at least half"),
        Column("wide", "BIGINT", "for letters: rows mostly in letters beyond Latin ones"),
    ),
    since=7,
    keys=(("dataset", "measure"),),
)

OVERLAP_RUNS = Table(
    "overlap_runs",
    "One row: the run that dataset_overlaps and dataset_redundancy come from.",
    (
        Column("parameters", "JSON", "every parameter with its value"),
        Column("datasets", "JSON", "dataset -> when it came, and its rows"),
        Column("near", "JSON", "view -> when its near-duplicates were sought"),
        Column("created", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("created",),),
)

LINEAGE_DOCUMENTS = Table(
    "lineage_documents",
    "One row per document about a dataset that was read besides the cards of the lake's own.",
    (
        Column("dataset", "VARCHAR", "dataset it is about, in the lake or not"),
        Column("place", "VARCHAR", "what it is: a file of the folder of documents, or its address"),
        Column("digest", "VARCHAR", "SHA-256 of the text"),
        Column("text", "VARCHAR", "the text"),
        Column("license", "VARCHAR", "licence that it states"),
        Column("released", "DATE", "release date that it states"),
    ),
    since=7,
    keys=(("dataset", "place"),),
)

LINEAGE_READINGS = Table(
    "lineage_readings",
    "One row per document and reader that is a language model: whether it was read, so that nothing is asked twice.",
    (
        Column("dataset", "VARCHAR", "dataset the document is about"),
        Column("place", "VARCHAR", "what the document is"),
        Column("digest", "VARCHAR", "SHA-256 of the text that was read"),
        Column("reader", "VARCHAR", "model, revision, engine and question"),
        Column("status", "VARCHAR", "ok or failed"),
        Column("reason", "VARCHAR", "why it could not be read, in whole or in part"),
        Column("claims", "BIGINT", "statements found"),
    ),
    since=7,
    keys=(("dataset", "place", "reader"),),
)

LINEAGE_CLAIMS = Table(
    "lineage_claims",
    "One row per statement of a document on where a dataset comes from, and what became of it.",
    (
        Column("child", "VARCHAR", "dataset the document is about"),
        Column("mention", "VARCHAR", "the source, as the document names it"),
        Column("relation", "VARCHAR", "what was done with it; derived where that is not said"),
        Column("use", "VARCHAR", "source, evaluation or mention"),
        Column("confidence", "DOUBLE", "how surely the document says so, 0 to 1"),
        Column("quote", "VARCHAR", "the span that says so, verbatim; NULL for a field of a description"),
        Column("place", "VARCHAR", "where it stands: description, card, or the document"),
        Column("reader", "VARCHAR", "who read it: fields, cues, or a model"),
        Column("parent", "VARCHAR", "dataset that the name means; NULL where it means none"),
        Column("resolution", "VARCHAR", "how that was found"),
        Column("certainty", "DOUBLE", "that the name means this dataset, 0 to 1"),
        Column("outcome", "VARCHAR", "edge, review or refused"),
        Column("reason", "VARCHAR", "why it is refused or has to be reviewed"),
    ),
    since=7,
    keys=(("child", "mention", "place", "reader", "quote"),),
)

LINEAGE_REVIEWS = Table(
    "lineage_reviews",
    "One row per decision of a person on a child and a parent.",
    (
        Column("child", "VARCHAR", "dataset"),
        Column("parent", "VARCHAR", "parent, or a name that documents give it"),
        Column("decision", "VARCHAR", "accept or reject"),
        Column("relation", "VARCHAR", "what was done with it, where the person says so"),
        Column("same_as", "VARCHAR", "dataset that the name means, where the person says so"),
        Column("note", "VARCHAR", "why"),
        Column("decided", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("child", "parent"),),
)

LINEAGE_EDGES = Table(
    "lineage_edges",
    "One row per child and parent: what documents say, what was measured, and the verdict of both.",
    (
        Column("child", "VARCHAR", "dataset that comes from the parent"),
        Column("parent", "VARCHAR", "dataset it comes from, in the lake or not"),
        Column("relation", "VARCHAR", "what was done: as declared, else as measured"),
        Column("verdict", "VARCHAR", "confirmed, declared only, measured only or contradicted"),
        Column("confidence", "DOUBLE", "the higher one of both kinds of evidence"),
        Column("counted", "BOOLEAN", "whether it is an edge of the graph: ancestors, depth and licences follow it"),
        Column("via", "VARCHAR", "a dataset that explains it: on a path from child to parent, or parent of both"),
        Column("reason", "VARCHAR", "why it is contradicted or not counted"),
        Column("decision", "VARCHAR", "accept or reject, where a person decided"),
        Column("declared_relation", "VARCHAR", "what documents say was done"),
        Column("declared_confidence", "DOUBLE", "how surely they say so"),
        Column("quote", "VARCHAR", "the surest quote"),
        Column("place", "VARCHAR", "where it stands"),
        Column("reader", "VARCHAR", "who read it"),
        Column("claims", "BIGINT", "statements that say so"),
        Column("measured_relation", "VARCHAR", "what the overlap of both looks like"),
        Column("measured_confidence", "DOUBLE", "how surely"),
        Column("direction", "VARCHAR", "the rule that says which is the child, see measured_relations"),
        Column("prompts", "DOUBLE", "share of the child's prompts that the parent has"),
        Column("parent_prompts", "DOUBLE", "share of the parent's prompts that the child has"),
        Column("prompt_rows", "BIGINT", "rows of the child whose prompt the parent has"),
        Column("runs", "DOUBLE", "share of the word runs of the child's prompts that the parent has"),
        Column("answers", "DOUBLE", "of prompts that both have, the share with the same answer"),
    ),
    since=7,
    keys=(("child", "parent"),),
)

LINEAGE_NODES = Table(
    "lineage_nodes",
    "One row per dataset of the lineage, in the lake or named by documents only, with its place in the drawing.",
    (
        Column("dataset", "VARCHAR", "name; of those outside the lake organisation/name where known"),
        Column("inside", "BOOLEAN", "whether it is in the lake"),
        Column("kind", "VARCHAR", "train or benchmark; NULL outside the lake"),
        Column("domains", "VARCHAR[]", "subject areas"),
        Column("released", "DATE", "release date"),
        Column("license", "VARCHAR", "licence, as its source states it"),
        Column(
            "terms",
            "VARCHAR[]",
            "what the licence asks for, such as attribution or non_commercial; unstated; unknown",
        ),
        Column("source", "VARCHAR", "where it was read from or is published"),
        Column("rows", "BIGINT", "samples; NULL outside the lake"),
        Column("ending", "VARCHAR", "why no parent is known: no document, or none named; NULL where there are some"),
        Column("depth", "BIGINT", "edges of the longest path to a root"),
        Column("parents", "BIGINT", "edges to parents"),
        Column("children", "BIGINT", "edges from children"),
        Column("ancestors", "BIGINT", "distinct datasets it comes from"),
        Column("descendants", "BIGINT", "distinct datasets that come from it"),
        Column("layer", "BIGINT", "column of the drawing, roots first"),
        Column("place", "BIGINT", "place in the layer, from 0"),
        Column("x", "DOUBLE", "coordinate, layers 320 apart"),
        Column("y", "DOUBLE", "coordinate, at least 48 apart in a layer, downwards"),
    ),
    since=7,
    keys=(("dataset",),),
)

CONTAMINATION = Table(
    "contamination",
    "One row per benchmark item, sample and method: that the sample holds the item, or something of it.",
    (
        Column("item_id", "BIGINT", "sample id of the benchmark item"),
        Column("benchmark", "VARCHAR", "benchmark of the item"),
        Column("sample_id", "BIGINT", "sample that was looked at"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("method", "VARCHAR", "exact, letters, runs, edited or embedding"),
        Column("verdict", "VARCHAR", "contaminated, or trace: too little to be a finding"),
        Column("coverage", "DOUBLE", "share of the item's words that stand in the sample in common runs"),
        Column("weight", "DOUBLE", "share of its runs, the rarer in the benchmark the heavier"),
        Column("longest_run", "INTEGER", "words of the longest common run"),
        Column("item_words", "INTEGER", "words of the item"),
        Column("part", "VARCHAR", "where the longest run begins in the sample: prompt or response"),
        Column("matched", "VARCHAR", "text of the item that the longest run covers, at most 300 characters"),
        Column("similarity", "DOUBLE", "cosine of the embeddings, for embedding"),
        Column("answer", "BOOLEAN", "whether the item's answer is there too; NULL for a trace, and without an answer"),
    ),
    since=7,
    keys=(("item_id", "sample_id", "method"),),
)

CONTAMINATION_SCANS = Table(
    "contamination_scans",
    "One row per dataset, benchmark and method: how far the dataset was looked through for items of the benchmark.",
    (
        Column("dataset", "VARCHAR", "dataset looked through"),
        Column("benchmark", "VARCHAR", "benchmark looked for"),
        Column("method", "VARCHAR", "text (exact, letters, runs and edited) or embedding"),
        Column("parameters", "VARCHAR", "hash of everything that a result depends on"),
        Column("of_dataset", "VARCHAR", "when the rows of the dataset came into the lake"),
        Column("of_benchmark", "VARCHAR", "when those of the benchmark did"),
        Column("scanned_to", "BIGINT", "largest sample id looked at"),
        Column("finished", "BOOLEAN", "whether that was the last"),
        Column("scanned", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("dataset", "benchmark", "method"),),
)

SLICES = Table(
    "slices",
    "One row per slice: a named, reproducible selection of samples.",
    (
        Column("slice", "VARCHAR", "name, unique in the lake"),
        Column("sql", "VARCHAR", "the query, as given"),
        Column("parameters", "JSON", "parameter values it ran with"),
        Column("snapshot", "BIGINT", "snapshot of the lake it ran at"),
        Column("hash", "VARCHAR", "hash of query, parameters and members"),
        Column("rows", "BIGINT", "members"),
        Column("created", "TIMESTAMP", "when it was made, UTC"),
    ),
    keys=(("slice",),),
)

SLICE_MEMBERS = Table(
    "slice_members",
    "One row per sample of a slice, as it was at the snapshot of the slice; the view slice_samples has today's.",
    (
        Column("slice", "VARCHAR", "slice it belongs to"),
        Column("sample_id", "BIGINT", "member, by its number at the snapshot of the slice"),
        Column("weight", "DOUBLE", "sampling weight, 1 unless the query gives one"),
        Column("reason", "VARCHAR", "why it is in, as the query says"),
        Column("dataset", "VARCHAR", "dataset of the member", since=5),
        Column("content_id", "UUID", "content of the member; NULL where an older lake could not tell", since=5),
    ),
    partitioned_by=("slice",),
    keys=(("slice", "sample_id"),),
)

SLICE_EXCLUSIONS = Table(
    "slice_exclusions",
    "One row per sample that the query of a slice gave and that was left out of it.",
    (
        Column("slice", "VARCHAR", "slice it was left out of"),
        Column("sample_id", "BIGINT", "sample, by its number at the snapshot of the slice"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("content_id", "UUID", "content of the sample"),
        Column("benchmarks", "VARCHAR[]", "benchmarks it has to do with"),
        Column("reason", "VARCHAR", "is, asks or holds a benchmark item"),
    ),
    since=7,
    keys=(("slice", "sample_id"),),
)

EXPORTS = Table(
    "exports",
    "One row per export written and verified.",
    (
        Column("subject", "VARCHAR", "slice or dataset exported"),
        Column("format", "VARCHAR", "export format"),
        Column("path", "VARCHAR", "folder it was written to"),
        Column("snapshot", "BIGINT", "snapshot of the lake it was read at"),
        Column("rows", "BIGINT", "rows written"),
        Column("skipped", "BIGINT", "rows the format cannot hold, listed in the manifest"),
        Column("manifest_hash", "VARCHAR", "hash of the manifest"),
        Column("created", "TIMESTAMP", "when it was written, UTC"),
    ),
)

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

SEQUENCES = Table(
    "sequences",
    "One row per counter.",
    (
        Column("sequence", "VARCHAR", "name of the counter"),
        Column("next", "BIGINT", "next number to give out"),
    ),
    keys=(("sequence",),),
)

MIGRATIONS = Table(
    "schema_migrations",
    "One row per migration applied to this lake.",
    (
        Column("version", "BIGINT", "number of the migration"),
        Column("name", "VARCHAR", "what it did"),
        Column("applied", "TIMESTAMP", "when, UTC"),
    ),
    keys=(("version",),),
)

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
