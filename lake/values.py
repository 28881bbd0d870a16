"""What options, settings and parameters accept, once: limits are those of what a value feeds.

The same kinds stand behind the options of commands, settings, Dagster's configs (as annotations pydantic understands),
parameters of steps (`check`), of SQL and of scorers.
"""

from __future__ import annotations

from functools import cache
from typing import get_type_hints

from lake.errors import UnknownNameError, UsageError
from lake.kinds import INT32, INT64, Assigned, Day, Duration, Form, Kind, Memory, OneOf, PathText, Real, Text, Whole

COUNT = Whole(1, INT64)
"""How many of something that is looked at, not made."""

ANY_COUNT = Whole(0, INT64)
ROWS = Whole(1, 100_000_000)
"""Samples held in memory at once: of a commit, of a training."""

PROCESSES = Whole(1, 1024)
"""Threads and processes: more than any machine has cores, fewer than it cannot start."""

SEED = Whole(0, INT32)
"""What numpy, fastText and XXH3 all take."""

HOPS = Whole(0, 100)
"""Edges followed in a graph of datasets."""

SNAPSHOT = Whole(0, INT64)
SAMPLE_ID = Whole(0, INT64)
GPU = Whole(0, 1023)
PORT = Whole(1, 65_535)
FRACTION = Real(0, 1)
NUMBER = Real()
PRICE = Real(0, 1e12)
CONFIDENCE = Real(0.5, 0.9999)
TOP = Whole(1, 10_000)
INTERVAL = Duration()
MEMORY = Memory()
DAY = Day()
PATH = PathText()
TEXT = Text()
QUERY = Text("a query")
PARAMETER = Assigned("NAME=VALUE, such as least=80")
SOURCE = Text("a file, a folder, a glob or hf://org/name", 4096)
HOST = Form("a host name or an address such as 127.0.0.1", 253, r"[A-Za-z0-9.:_-]+")
EPOCHS = Whole(1, 10_000)
EVALUATOR = OneOf("engine", ("hf", "vllm"))
EVALUATIONS = Whole(1, 1000)
VIEW = OneOf("view", ("sample", "instruction", "response"))
COMPARED = OneOf("view", (*VIEW.names, "meaning"))
OVERLAP = OneOf("measure", ("content", "instruction", "letters", "runs", *(f"near_{view}" for view in VIEW.names)))
UNIT = OneOf("unit", ("word", "character"))
CLUSTERING = OneOf("way to cluster", ("components", "star"))
CLUSTERS = Whole(1, 100_000)
RESOURCE = Text("the name or path of a resource", 4096)
SIMILARITY = Real(0.3, 1)
NGRAM = Whole(1, 64)
RUN_WORDS = Whole(3, 63)
PERMUTATIONS = Whole(8, 128, multiple=8)
SHINGLES = Whole(1, INT32)
DATASET = Text("the name of a dataset", 1000)
NODE = Text("the name of a dataset, in the lake or not", 1000)
MENTION = Text("the name of a dataset, or what a document calls it", 1000)
SLICE = Text("the name of a slice", 1000)
SUBJECT = Text("the name of a slice or a dataset", 1000)
AXIS = Text("the name of an axis", 1000)
NEW_AXIS = Form("a lower-case name of letters, digits and underscores", 100, r"[a-z_][a-z0-9_]*")
MODEL = Text("an embedding model: a folder, or a name of the hub", 4096)
KNOWN_MODEL = Text("the name of a model (oda models), a name of the hub, or a folder", 4096)
EXPORT_FORMATS = ("alpaca", "huggingface", "jsonl", "llamafactory", "oda", "openai", "parquet", "sharegpt", "trl")
EXPORT_FORMAT = OneOf("export format", EXPORT_FORMATS)
RELATION = OneOf(
    "relation",
    (
        "inclusion",
        "mixture",
        "refinement",
        "distillation",
        "augmentation",
        "translation",
        "repackaging",
        "benchmark_contamination",
        "derived",
    ),
)
"""What was done with a parent; `derived` where that is not said."""

CHOICE = OneOf("decision", ("accept", "reject"))
GRAPH_FORMAT = OneOf("graph format", ("oda", "graphml", "mermaid", "openlineage"))
KIND_OF_DATASET = OneOf("kind of dataset", ("train", "benchmark"))


@cache
def _kinds(of: type) -> dict[str, Kind]:
    found = {}
    for name, hint in get_type_hints(of, include_extras=True).items():
        kind = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Kind)), None)
        if kind is not None:
            found[name] = kind
    return found


def check(parameters: object) -> None:
    """Refuse parameters of a step that are not of the kind their annotation names; None and empty texts are left out.

    Raises UsageError naming the parameter, UnknownNameError for a name that is none of those possible.
    """
    for name, kind in _kinds(type(parameters)).items():  # type: ignore[arg-type]
        value = getattr(parameters, name)
        if value is None or value == "":
            continue
        try:
            for each in value if isinstance(value, tuple) else (value,):
                kind(each)
        except UnknownNameError:
            raise
        except UsageError as error:
            raise UsageError(f"The parameter {name}: {error.message}", hint=error.hint) from None
