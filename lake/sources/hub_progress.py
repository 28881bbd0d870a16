"""Progress of downloads from the hub: what its client would draw is told to whoever watches."""

from __future__ import annotations

from typing import Any

from lake.sources.tree import Watcher


def forwarding(watcher: Watcher | None) -> Any:
    """A class of progress bars that show nothing and tell the watcher of bytes instead."""
    from tqdm import tqdm

    class Forward(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            if watcher is not None and n:
                watcher.advance(n)

        def update_transfer(self, n: float | None = 1) -> None:
            """The same bytes seen a second time, on the wire."""

    return Forward
