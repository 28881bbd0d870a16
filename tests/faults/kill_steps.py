"""The steps that are killed: how their lake is made, what they do to it, what is watched beside it."""

from __future__ import annotations

import json
import random
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kill_state import export_folder, trained_axis

from lake import migrations
from lake.catalog import Lake
from lake.layout import old_layouts
from lake.settings import Settings
from pipelines.progress import Progress

KEPT = Path(__file__).resolve().parents[1] / "kept_lakes" / "v5.tar.xz"

READ = {
    "samples": "select sample_id, dataset, content_id::varchar, instruction, response from samples order by all",
    "scores": "select sample_id, axis, scorer_version, value, status, detail from scores order by all",
    "scored": "select sample_id, dataset, str_length, compress_ratio from scored order by all",
    "measures": "select dataset, axis, value, status, n from dataset_scores order by all",
    "members": "select slice, sample_id, weight, reason from slice_members order by all",
}
"""What the kept lake's own code read in it; the answers lie beside it, in read.json."""

ROWS = 300
AXES = ["hdd", "mtld", "str_length"]


@dataclass(frozen=True)
class Place:
    """The folders of one run: the lake's home, the folder of sources and the parent of exports."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def out(self) -> Path:
        return self.root / "exports" / "chat"

    def lake(self, *, create: bool = False, snapshot: int | None = None) -> Lake:
        settings = Settings.load(home=self.home, threads=1, memory_limit="1GB")
        return Lake.open(settings, create=create, snapshot=snapshot)


ScorerRun = Callable[[Lake, Place, Progress], None]


@dataclass(frozen=True)
class Step:
    """One kind of work.

    - prepare: what the lake holds before, beyond the dataset `chat`; run: the work itself.
    - warm: what it alone loads, before children are forked.
    - beside: what it makes outside of the tables.
    """

    prepare: ScorerRun
    run: ScorerRun
    warm: Callable[[], None] = lambda: None
    beside: Callable[[Place], str] = lambda place: ""
    folders: Callable[[Place], list[Path]] = field(default=lambda place: [])


def write_source(path: Path, *, seed: int, rows: int = ROWS) -> Path:
    """Questions and answers, every fifth answer an edit of another; the same seed gives the same rows."""
    chance = random.Random(seed)
    words = [f"word{number}" for number in range(400)]
    path.parent.mkdir(parents=True, exist_ok=True)
    answers: list[list[str]] = []
    with path.open("w") as file:
        for number in range(rows):
            answer = list(chance.choice(answers)) if number % 5 == 4 else chance.choices(words, k=60)
            answer[chance.randrange(60)] = "edited"
            answers.append(answer)
            file.write(json.dumps({"instruction": f"Question {number}", "output": " ".join(answer)}) + "\n")
        file.write("no json\n")
    return path


def begin(place: Place) -> None:
    """A lake with one dataset, and the sources that steps read."""
    from pipelines.ingest import ingest

    chat = write_source(place.source / "chat.jsonl", seed=1)
    with place.lake(create=True) as lake:
        ingest(lake, chat, name="chat")
    write_source(place.source / "other.jsonl", seed=2)
    lines = chat.read_text().splitlines()
    changed = [json.dumps({"instruction": f"New {number}", "output": "a b c"}) for number in range(40)]
    (place.source / "changed.jsonl").write_text("\n".join(changed + lines[: ROWS // 2]) + "\n")


def nothing(lake: Lake, place: Place, progress: Progress) -> None:
    """The dataset alone."""


def ingest_other(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.ingest import ingest

    ingest(lake, place.source / "other.jsonl", name="other", progress=progress)


def replace_chat(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.ingest import ingest

    ingest(lake, place.source / "changed.jsonl", name="chat", replace=True, progress=progress)


def score_chat(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.score import score

    score(lake, datasets=["chat"], axes=AXES, chunk_rows=100, progress=progress)


def ingest_brief(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.ingest import ingest

    brief = [json.dumps({"instruction": f"What is {number}?", "output": "A number."}) + "\n" for number in range(24)]
    (place.source / "brief.jsonl").write_text("".join(brief))
    ingest(lake, place.source / "brief.jsonl", name="brief")


def embed_brief(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.embed import embed

    embed(lake, datasets=["brief"], chunk_rows=8, progress=progress)


def dedup_all(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.dedup import dedup

    dedup(lake, progress=progress)


def _slice(sql: str) -> ScorerRun:
    def create(lake: Lake, place: Place, progress: Progress) -> None:
        from pipelines.curate import create_slice

        create_slice(lake, "few", sql, replace=True)

    return create


def _export(subject: str) -> ScorerRun:
    def write(lake: Lake, place: Place, progress: Progress) -> None:
        from pipelines.export import export

        export(lake, subject, to="parquet", out=place.out, overwrite=True, progress=progress)

    return write


def reward_chat(lake: Lake, place: Place, progress: Progress) -> None:
    """A producer of rows by content, whose model is a length."""
    import pyarrow as pa

    from lake.tables import REWARDS
    from pipelines.derive import derive
    from pipelines.deriving.stored import Derived, Producer, Stored

    def measure(chunk: Any) -> Any:
        for batch in chunk.longest_first(64):
            texts = batch.column("response").to_pylist()
            columns = {
                "sample_id": batch.column("sample_id"),
                "values": pa.array([[float(len(text))] for text in texts], pa.list_(pa.float32())),
                "status": ["ok"] * len(texts),
                "detail": pa.nulls(len(texts), pa.string()),
                "tokens": pa.array([1] * len(texts), pa.int32()),
                "cut": pa.nulls(len(texts), pa.int32()),
            }
            yield Derived(len(batch), [(0, pa.table(columns))])

    stored = Stored(REWARDS, kind="signal", version="version", value="values", outcome="status", reason="detail")
    derive(lake, Producer("reward", stored, (("length", "1"),), measure, chunk_rows=100), progress=progress)


def ingest_bench(lake: Lake, place: Place, progress: Progress) -> None:
    """A benchmark of which `chat` and a part of it hold items, and a card that says where the part comes from."""
    from pipelines.ingest import ingest

    rows = [json.loads(line) for line in (place.source / "chat.jsonl").read_text().splitlines()[:ROWS]]
    items = [{"instruction": row["output"], "output": "none"} for row in rows[::25]]
    (place.source / "bench.jsonl").write_text("".join(json.dumps(row) + "\n" for row in items))
    ingest(lake, place.source / "bench.jsonl", name="bench", kind="benchmark")
    (place.source / "part.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:60]))
    ingest(lake, place.source / "part.jsonl", name="part")
    lake.transact(
        lambda c: c.execute("update datasets set parents = ['chat'] where dataset = 'part'") and None, message="parents"
    )


def overlap_all(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.overlap import overlap

    overlap(lake, progress=progress)


def contaminate_all(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines import contamination

    contamination.COMMIT_SAMPLES = 200  # a commit a dataset
    contamination.contamination(lake, progress=progress)


def trace_all(lake: Lake, place: Place, progress: Progress) -> None:
    from pipelines.lineage import lineage

    lineage(lake, progress=progress)


def compact(lake: Lake, place: Place, progress: Progress) -> None:
    lake.compact(expire_older_than="0 seconds", grace="0 seconds")


def _train(rest: str) -> ScorerRun:
    def train(lake: Lake, place: Place, progress: Progress) -> None:
        from pipelines.classify import fit_axis
        from pipelines.classifying.classifier import Fitting

        small = Fitting(epochs=2, dimensions=4, buckets=1000)
        negative = f"select sample_id from samples where row_no % 2 = 1 {rest}"
        positive = "select sample_id from samples where row_no % 2 = 0"
        fit_axis(lake, "even", positive=positive, negative=negative, fitting=small, replace=True, progress=progress)

    return train


def _together(*works: ScorerRun) -> ScorerRun:
    def all_of_them(lake: Lake, place: Place, progress: Progress) -> None:
        for work in works:
            work(lake, place, progress)

    return all_of_them


def old_settings(place: Place) -> Settings:
    """The lake of schema version 5 that the step `migrate` brings up to date."""
    return Settings.load(home=place.root / "old" / "home", threads=1, memory_limit="1GB")


def unpack_old(lake: Lake, place: Place, progress: Progress) -> None:
    with tarfile.open(KEPT) as archive:
        archive.extractall(place.root / "old", filter="data")


def migrate_old(lake: Lake, place: Place, progress: Progress) -> None:
    """Migrate by opening it, then lay its scores out anew; what an earlier run did is not done again."""
    with Lake.open(old_settings(place)) as old:
        old.compact()
        assert migrations.applied_version(old.connection) == migrations.LATEST
        assert not old_layouts(old.connection)


def read_old(place: Place) -> str:
    """What its own code read in it, read with today's: the same before, between and after."""
    wanted = json.loads((place.root / "old" / "read.json").read_text())
    with Lake.open(old_settings(place), read_only=True) as old:
        found = {name: [list(map(str, row)) for row in old.rows(READ[name])] for name in READ}
    return "the same" if found == {name: wanted[name] for name in READ} else f"broken: {found}"


def warm_loops() -> None:
    """Load the steps and their compiled loops: those of scoring, dedup, overlap and contamination."""
    import numpy as np
    import pyarrow as pa

    from pipelines import classify, contamination, curate, dedup, export, lineage, overlap, score  # noqa: F401
    from pipelines.contaminating.index import build, hits
    from pipelines.contaminating.parameters import Scanning
    from pipelines.deduping.parameters import Signing
    from pipelines.deduping.texts import load_kernels
    from pipelines.overlapping.functions import word_keys_of
    from pipelines.scoring.compute import score_batch
    from pipelines.scoring.selection import scan_groups, select_works
    from scorers.installed import installed

    works = select_works(AXES, parity=False, scorers=installed(Settings()), options=None)
    for part in scan_groups(works):
        columns: dict[str, Any] = {name: ["some words to measure " * 9] for name in part.reads}
        batch = pa.record_batch({"sample_id": pa.array([1]), "mask": pa.array([2 ** len(AXES) - 1]), **columns})
        score_batch(batch, part)
    load_kernels(Signing())
    texts = pa.array(["some words that stand in a row and are fifteen of them here and there"] * 2)
    indices = [build(texts, np.zeros(2, np.int64), Scanning(), edited=edited) for edited in (False, True)]
    for index, places in zip(indices, hits(*indices, texts, texts)[1:], strict=True):
        index.matches(places)
    word_keys_of(texts, 5, 4)


def warm_model() -> None:
    """Load the embedding model once; children inherit it."""
    import torch

    from lake.settings import Settings
    from pipelines.embedding.model import Embedder

    torch.set_num_threads(1)
    loaded = Embedder.find(Settings().embedding_model, threads=1)
    assert loaded._model is not None
    Embedder.find = classmethod(lambda cls, name, **options: loaded)  # type: ignore[method-assign, assignment]


def exported(place: Place) -> str:
    """The export as it lies there."""
    return export_folder(place.out)


def trained(place: Place) -> str:
    """The trained axis as it lies there."""
    return trained_axis(place.home / "scorers", "even")


FEW = "select sample_id from samples where row_no < 30"
MORE = "select sample_id from samples where row_no % 3 = 0"

STEPS: dict[str, Step] = {
    "migrate": Step(unpack_old, migrate_old, beside=read_old, folders=lambda place: [place.root / "old" / "home"]),
    "ingest": Step(nothing, ingest_other),
    "replace": Step(score_chat, replace_chat),
    "score": Step(nothing, score_chat),
    "embed": Step(ingest_brief, embed_brief, warm_model),
    "dedup": Step(nothing, dedup_all),
    "slice": Step(_slice(FEW), _slice(MORE)),
    "export": Step(
        _together(_slice(MORE), _export("chat")),
        _export("few"),
        beside=exported,
        folders=lambda place: [place.out.parent],
    ),
    "compact": Step(_together(score_chat, ingest_other, replace_chat, _slice(FEW), _slice(MORE)), compact),
    "train_axis": Step(
        _train("and row_no > 40"), _train(""), beside=trained, folders=lambda place: [place.home / "scorers"]
    ),
    "contents": Step(nothing, reward_chat),
    "overlap": Step(ingest_bench, overlap_all),
    "contamination": Step(ingest_bench, contaminate_all),
    "lineage": Step(_together(ingest_bench, overlap_all), trace_all),
}
