"""Columns named by hand with `--map`: bound by `lake.formats.detect`, never recognised by itself."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record

NAME = "mapped"
RANK = 100
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:  # noqa: ARG001 - the protocol's signature
    """No binding: nothing looks like a mapping."""
    return None


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
