"""A fastText classifier of labelled texts: split, fit, measure, store; the same texts give the same bytes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import xxhash

from lake.kinds import Real, Whole
from lake.values import EPOCHS, FRACTION, ROWS, SEED, VIEW, check
from scorers.trained import NEGATIVE, POSITIVE, opened


@dataclass(frozen=True)
class Training:
    """How a classifier is trained; kept in its sidecar.

    - view: the text it reads; at_most: different contents of a side, chosen by their hash.
    - words: longest run of words that is a feature; buckets: size of their hash table.
    - held_out: share of the texts it is measured on instead.
    """

    view: Annotated[str, VIEW] = "sample"
    at_most: Annotated[int, ROWS] = 100_000
    epochs: Annotated[int, EPOCHS] = 10
    words: Annotated[int, Whole(1, 10)] = 2
    dimensions: Annotated[int, Whole(1, 4096)] = 32
    buckets: Annotated[int, Whole(1, 100_000_000)] = 131_072
    rate: Annotated[float, Real(1e-6, 100)] = 0.5
    seed: Annotated[int, SEED] = 1
    held_out: Annotated[float, FRACTION] = 0.1

    def __post_init__(self) -> None:
        check(self)


class Labelled(NamedTuple):
    """A text on one line and its side."""

    label: str
    text: str


def split(labelled: list[Labelled], training: Training) -> tuple[list[Labelled], list[Labelled]]:
    """(to train on, held out), both in an order that depends on nothing but the texts and the seed."""

    def digest(item: Labelled, salt: int = 0) -> int:
        return xxhash.xxh3_64_intdigest(item.text.encode(), seed=training.seed + salt)

    limit = int(training.held_out * 2**64)
    kept: list[Labelled] = []
    held: list[Labelled] = []
    for item in sorted(labelled, key=lambda item: (digest(item), item)):
        (held if digest(item, 1) < limit else kept).append(item)
    return kept, held


def fit(folder: Path, name: str, kept: list[Labelled], training: Training) -> tuple[Path, str]:
    """Train in one thread from a fixed seed; returns the model file, named for its hash, and the hash."""
    import fasttext  # late: optional

    with tempfile.TemporaryDirectory(prefix=".training-", dir=folder) as work:
        texts, draft = Path(work) / "texts", Path(work) / "model.bin"
        with texts.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{item.label} {item.text}\n" for item in kept)
        model = fasttext.train_supervised(
            input=str(texts),
            thread=1,
            seed=training.seed,
            epoch=training.epochs,
            wordNgrams=training.words,
            dim=training.dimensions,
            bucket=training.buckets,
            lr=training.rate,
            verbose=0,
        )
        model.save_model(str(draft))
        digest = hashlib.sha256(draft.read_bytes()).hexdigest()
        path = folder / f"{name}.{digest[:12]}.bin"
        draft.replace(path)
    return path, digest


def accuracy(model: Path, held: list[Labelled]) -> float | None:
    """Mean over both sides of the share that is recognised; None where a side has no held-out text."""
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    predict = opened(model, digest, model).predict
    shares: list[float] = []
    for side in (POSITIVE, NEGATIVE):
        texts = [item.text for item in held if item.label == side]
        if not texts:
            return None
        labels, _ = predict(texts, k=1)
        shares.append(sum(found[0] == side for found in labels) / len(texts))
    return sum(shares) / len(shares)


def publish(path: Path, facts: dict[str, Any]) -> None:
    """Write the sidecar in one step, then delete the model it named before."""
    before = json.loads(path.read_text(encoding="utf-8"))["model"] if path.is_file() else None
    draft = path.with_name(f".{path.name}.partial")
    draft.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)
    if before not in (None, facts["model"]):
        (path.parent / str(before)).unlink(missing_ok=True)
