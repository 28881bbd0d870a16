"""Keys of prompts as a stored derived relation: what samples are compared by where identities are too strict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lake.catalog import Lake
from lake.relations import run
from lake.tables import PROMPT_KEYS
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.engine import DerivationEngine
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.overlapping.functions import register
from pipelines.progress import Progress

NORMALISER = 1
"""Raised when the same text would give other keys; keys of another number are made again."""

VIEW = "prompt"

STORED_KEYS = Stored(
    PROMPT_KEYS,
    kind="view",
    version="version",
    value="letters",
    row_bytes=200,
    parquet={"compression": "none", "use_dictionary": ["view", "version"]},
)

CHUNK_ROWS = 500_000
"""Samples of a commit: what a kill can lose."""


@dataclass(frozen=True)
class Keying:
    """What the keys of a prompt depend on.

    - ngram: words of a run; window: runs of which the one with the least hash is kept.
    """

    ngram: int = 5
    window: int = 4

    @property
    def version(self) -> str:
        """Short hash of everything: what is stored as `version` of a key."""
        text = json.dumps({"normaliser": NORMALISER, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def keys_of(keying: Keying, *, chunk_rows: int = CHUNK_ROWS) -> Producer:
    """The producer of keys: one SQL statement a chunk, which calls the kernel on all cores."""

    def derive(chunk: Chunk) -> Iterator[Derived]:
        rows = run(chunk.reader, "keyed_texts", **asdict(keying), **chunk.place).to_arrow_table()
        yield Derived(len(rows), [(0, rows)])

    return Producer(
        verb="key",
        stored=STORED_KEYS,
        wanted=((VIEW, keying.version),),
        derive=derive,
        by_content=False,
        chunk_rows=chunk_rows,
    )


def key_pending(lake: Lake, keying: Keying, progress: Progress, chunk_rows: int = CHUNK_ROWS) -> int:
    """Give every sample of the lake its keys; returns how many got them."""
    datasets = [row[0] for row in lake.rows("select dataset from datasets order by dataset_no")]
    with lake.second_reader() as reader:
        register(reader)
        engine = DerivationEngine(lake, reader, keys_of(keying, chunk_rows=chunk_rows), progress)
        return engine.bring_up_to_date(datasets).samples
