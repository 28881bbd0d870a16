from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lake.errors import SourceError, UsageError
from lake.sources.description import Description, merge, parse, read

ACCEPTED = "Accepted keys: name, kind, domains, license, released, source, parents, card, mapping, splits."


def test_every_key() -> None:
    text = """
name: sums
kind: train
domains: [math, reasoning]
license: mit
released: 2024-05-31
source: https://example.org
parents: [alpaca]
card: |
  # Sums
mapping: {instruction: question}
splits: [train]
"""
    assert parse(text, file="dataset.yaml") == Description(
        name="sums",
        kind="train",
        domains=["math", "reasoning"],
        license="mit",
        released=dt.date(2024, 5, 31),
        source="https://example.org",
        parents=["alpaca"],
        card="# Sums\n",
        mapping={"instruction": "question"},
        splits=["train"],
    )


def test_nothing_is_said() -> None:
    assert parse("", file="x") == parse("# only a comment", file="x") == parse("name:", file="x") == Description()


def test_a_single_domain_needs_no_list() -> None:
    assert parse("domains: math", file="x").domains == ["math"]


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("licence: mit", "unknown key 'licence'", f"Did you mean license? {ACCEPTED}"),
        ("zzz: 1", "unknown key 'zzz'", ACCEPTED),
        ("kind: exam", "kind: input should be 'train' or 'benchmark'", ACCEPTED),
        ("domains: 4", "domains: input should be a valid list", ACCEPTED),
        ("license: [mit]", "license: input should be a valid string", ACCEPTED),
        ("released: 2024", "released: a date is written like 2025-01-31", ACCEPTED),
        ("released: soon", "released: input should be a valid date or datetime", ACCEPTED),
        ("mapping: {output: a}", "mapping: there is no field 'output'", ACCEPTED),
        ("- a\n- b", "not a list of 'key: value' lines", ACCEPTED),
        ("just text", "not a list of 'key: value' lines", ACCEPTED),
        ("1: 2", "not a list of 'key: value' lines", ACCEPTED),
        ("a: [1", "not valid YAML (line 1): ", ""),
        ("a: !!python/object:os.system x", "not valid YAML (line 1): could not determine a constructor", ""),
        ("a: \0", "not valid YAML: ", ""),
    ],
)
def test_what_is_wrong_is_named(text: str, reason: str, hint: str) -> None:
    with pytest.raises(SourceError) as refused:
        parse(text, file="data/dataset.yaml")
    assert refused.value.file == "data/dataset.yaml"
    assert refused.value.reason.startswith(reason)
    assert refused.value.hint == hint


def test_anchors_without_end_are_refused_in_few_words() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join(levels)
    with pytest.raises(SourceError) as refused:
        parse(f"{text}\nname: *a11", file="x")
    assert len(str(refused.value)) < 400


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "dataset.yaml"
    path.write_bytes(b"license: caf\xe9")
    with pytest.raises(SourceError, match="byte 12: not UTF-8"):
        read(path)
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "none.yaml")
    path.write_bytes(b"#" * 2_000_000)
    with pytest.raises(SourceError, match="larger than 1,048,576 bytes"):
        read(path)


def test_flags_win_and_silence_says_nothing() -> None:
    base = Description(license="mit", domains=["math"], mapping={"instruction": "q", "response": "a"})
    merged = merge(base, license="apache-2.0", domains=[], card=None, released="2024-01-02", mapping={"response": "b"})
    assert merged == Description(
        license="apache-2.0",
        domains=["math"],
        released=dt.date(2024, 1, 2),
        mapping={"instruction": "q", "response": "b"},
    )
    assert merge(base) == base


def test_wrong_flags_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="unknown key 'licence'.\nDid you mean license"):
        merge(Description(), licence="mit")
    with pytest.raises(UsageError, match="released: a date is written like 2025-01-31"):
        merge(Description(), released=2024)
