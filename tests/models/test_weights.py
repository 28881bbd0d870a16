"""Weights on this machine: found in a folder or the hub's cache, known by their bytes, checked against the hub's hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from scorers.models.facts import ModelFacts
from scorers.models.weights import AbsentError, Weights, at_hand, damaged, locate, revision_of


def facts(**changes: object) -> ModelFacts:
    return ModelFacts(**{"name": "mine", "id": "me/mine", "head": "causal", "engines": ("vllm",), **changes})  # type: ignore[arg-type]


def cached(cache: Path) -> Path:
    """A snapshot as the hub's client lays it out: links to blobs named by their hashes."""
    model = cache / "models--me--mine"
    snapshot = model / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (model / "blobs").mkdir()
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("abc123")
    for name, data in (("config.json", b"{}"), ("model.safetensors", b"weights")):
        etag = (
            hashlib.sha256(data).hexdigest()
            if name.endswith("tensors")
            else hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        )
        (model / "blobs" / etag).write_bytes(data)
        (snapshot / name).symlink_to(Path("../../blobs") / etag)
    return snapshot


def test_a_snapshot_of_the_hub_is_known_by_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = cached(tmp_path)
    assert locate(facts()) == Weights(snapshot, "abc123")
    assert at_hand(facts(revision="def")) is None
    assert list(damaged(Weights(snapshot, "abc123"))) == []
    (snapshot / "model.safetensors").resolve().write_bytes(b"weight5")
    assert list(damaged(Weights(snapshot, "abc123"))) == [
        ("model.safetensors", "is not what the hub gave; it is damaged or was changed")
    ]


def test_a_folder_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_text("words")
    before = locate(facts(weights=str(tmp_path))).revision
    (tmp_path / "README.md").write_text("other words")
    assert revision_of(tmp_path) == before
    (tmp_path / "model.safetensors").write_bytes(b"weight5")
    assert revision_of(tmp_path) != before


def test_absent_and_partial_weights_are_told_with_the_command_that_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(AbsentError, match="are not in the cache of the hub") as caught:
        locate(facts())
    assert "oda models fetch mine" in caught.value.hint
    snapshot = cached(tmp_path)
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(AbsentError, match="no file of weights is there"):
        locate(facts())
    (snapshot / "model.safetensors.index.json").write_text('{"weight_map": {"a": "one.safetensors"}}')
    with pytest.raises(AbsentError, match=r"one\.safetensors is missing"):
        locate(facts())
