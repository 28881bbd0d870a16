"""Where the text of a view of the samples (`scorers.views`) says nothing."""

from __future__ import annotations

import pyarrow.compute as pc

from scorers.batch import Batch, Mask


def empty(batch: Batch, view: str = "sample", raw: bool = False) -> Mask:
    """bool[n]: where the view has no character at all."""
    length = pc.fill_null(pc.binary_length(batch.text(view, raw=raw)), 0)
    where: Mask = length.to_numpy(zero_copy_only=False) == 0
    return where


def missing(batch: Batch, view: str) -> Mask:
    """bool[n]: where the view is NULL."""
    where: Mask = batch.text(view, raw=True).is_null().to_numpy(zero_copy_only=False)
    return where
