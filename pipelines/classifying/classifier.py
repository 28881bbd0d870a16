"""A fastText classifier of labelled texts: split, fit, measure, store; the same texts give the same bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import xxhash

from lake.kinds import Real, Whole
from lake.locks import folder_lock
from lake.values import EPOCHS, FRACTION, ROWS, SEED, VIEW, check
from lake.whole_file import replace_whole
from scorers.trained import NEGATIVE, POSITIVE, opened

_WORKROOM = ".training-"
_HASH = 12
"""Digits of its hash in the name of a model."""


@dataclass(frozen=True)
class Fitting:
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


def split(labelled: list[Labelled], fitting: Fitting) -> tuple[list[Labelled], list[Labelled]]:
    """(to train on, held out), both in an order that depends on nothing but the texts and the seed."""

    def digest(item: Labelled, salt: int = 0) -> int:
        return xxhash.xxh3_64_intdigest(item.text.encode(), seed=fitting.seed + salt)

    limit = int(fitting.held_out * 2**64)
    kept: list[Labelled] = []
    held: list[Labelled] = []
    for item in sorted(labelled, key=lambda item: (digest(item), item)):
        (held if digest(item, 1) < limit else kept).append(item)
    return kept, held


@contextlib.contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A folder to train in, beside what is trained; those that killed trainings left go first."""
    with contextlib.ExitStack() as held:
        with folder_lock(folder, wait=True):  # nobody takes a new room for one that was left
            for left in folder.glob(f"{_WORKROOM}*"):
                with contextlib.suppress(OSError), folder_lock(left):
                    shutil.rmtree(left)
            work = Path(held.enter_context(tempfile.TemporaryDirectory(prefix=_WORKROOM, dir=folder)))
            held.enter_context(folder_lock(work))
        yield work


def fit(work: Path, kept: list[Labelled], fitting: Fitting) -> Path:
    """Train in one thread from a fixed seed; returns the model file, which lies in `work`."""
    import fasttext  # late: optional

    texts, model = work / "texts", work / "model.bin"
    with texts.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{item.label} {item.text}\n" for item in kept)
    fasttext.train_supervised(
        input=str(texts),
        thread=1,
        seed=fitting.seed,
        epoch=fitting.epochs,
        wordNgrams=fitting.words,
        dim=fitting.dimensions,
        bucket=fitting.buckets,
        lr=fitting.rate,
        verbose=0,
    ).save_model(str(model))
    return model


def sha256_of(model: Path) -> str:
    """The SHA-256 of a model, by which it is known."""
    with model.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def accuracy(model: Path, held: list[Labelled]) -> float | None:
    """Mean over both sides of the share that is recognised; None where a side has no held-out text."""
    predict = opened(model, sha256_of(model), model).predict
    shares: list[float] = []
    for side in (POSITIVE, NEGATIVE):
        texts = [item.text for item in held if item.label == side]
        if not texts:
            return None
        labels, _ = predict(texts, k=1)
        shares.append(sum(found[0] == side for found in labels) / len(texts))
    return sum(shares) / len(shares)


def publish(model: Path, sidecar: Path, name: str, facts: dict[str, Any]) -> str:
    """Put a model beside its sidecar, which names it, and delete those it replaces; returns the name of the model.

    The sidecar changes in one step. A model that a killed training left goes with those replaced: it is named for
    this axis and for its own hash, and no sidecar names it.
    """
    sha256 = str(facts["sha256"])
    final = f"{name}.{sha256[:_HASH]}.bin"
    with folder_lock(sidecar.parent, wait=True):
        before = json.loads(sidecar.read_text(encoding="utf-8"))["model"] if sidecar.is_file() else None
        model.replace(sidecar.parent / final)
        content = json.dumps({**facts, "model": final}, indent=2, ensure_ascii=False) + "\n"
        replace_whole(sidecar, content.encode())
        for left in sidecar.parent.glob(f"{name}.{'?' * _HASH}.bin"):
            known = left.name == before or left.name.split(".")[1] == sha256_of(left)[:_HASH]
            if known and left.name != final:
                left.unlink()
    return final
