"""What is told of an asset, in the forms of metadata that the Dagster UI shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg

from lake.redaction import redact
from pipelines.telling.shown import Document, Facts, Markdown, Place, Shown

Metadata = dict[str, dg.MetadataValue[Any]]


_FORMS: dict[type, Callable[[Any], dg.MetadataValue[Any]]] = {
    bool: dg.MetadataValue.bool,  # before int, which it is too
    int: dg.MetadataValue.int,
    float: lambda fact: dg.MetadataValue.float(round(fact, 6)),
    str: lambda fact: dg.MetadataValue.text(redact(fact)),
    Markdown: lambda fact: dg.MetadataValue.md(fact.text),
    Document: lambda fact: dg.MetadataValue.json(fact.value),
    Place: lambda fact: dg.MetadataValue.path(fact.path),
}


def metadata(facts: Facts) -> Metadata:
    """Each as a value of its own type, so that the UI draws numbers over time; None and empty texts are left out."""
    return {name: _form(fact)(fact) for name, fact in facts.items() if fact is not None and fact != ""}


def _form(fact: Shown) -> Callable[[Any], dg.MetadataValue[Any]]:
    return next(form for kind, form in _FORMS.items() if isinstance(fact, kind))
