"""Licences as sources state them, as the identifiers of dataset cards."""

from __future__ import annotations

import pytest

from lake.exports.base import same
from lake.exports.licences import card_licence


@pytest.mark.parametrize(
    ("stated", "identifier"),
    [
        ("MIT", "mit"),
        ("MIT License", "mit"),
        ("Apache 2.0", "apache-2.0"),
        ("apache-2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("CC BY-NC 4.0 (DATA_LICENSE): research use only", "cc-by-nc-4.0"),
        ("CC BY 4.0", "cc-by-4.0"),
        ("CC BY-SA 3.0", "cc-by-sa-3.0"),
        ("cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0"),
        ("ODC-By 1.0 (DATA_LICENSE.txt)", "odc-by"),
        ("CC0 1.0", "cc0-1.0"),
        ("none stated in the repo; upstream: GSM8K, MIT", "other"),
        ("my own", "other"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_one_licence(stated: str | None, identifier: str) -> None:
    assert card_licence([stated]) == identifier


def test_several_licences() -> None:
    assert card_licence(["MIT", "MIT License"]) == "mit"
    assert card_licence(["MIT", "Apache 2.0"]) == "other"
    assert card_licence(["MIT", None]) == "other"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": 1, "b": None}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ([{"a": None}], [{}], True),
        ([1], [1, 2], False),
        (float("nan"), float("nan"), True),
        (1, 1.0, True),
        (1, True, False),
        ("", None, False),
        ("2020-01-01", 20200101, False),
    ],
)
def test_equality_of_rows_read_back(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal
